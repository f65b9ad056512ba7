import NIOCore
import NIOPosix
import NIOSSL

/// Where connections go and how many there may be.
struct PoolSettings: Sendable {
    var endpoint: Endpoint
    /// The address to dial instead of resolving `endpoint.host`, when it was judged before.
    var address: SocketAddress?
    var tls: NIOSSLContext?
    var maximumConnections: Int
    var maximumWaiting: Int
    /// An idle connection is closed after this time: shorter than what common servers wait (5 seconds), so that a call
    /// rarely meets a connection that is just being closed.
    var idleLimit: TimeAmount
    var connectTimeout: TimeAmount
    var limits: AnswerLimits
}

/// The keep-alive connections of one upstream on one event loop.
///
/// Confined to its loop. One request in flight per connection; the rest wait in a bounded line.
final class ConnectionPool {
    let loop: any EventLoop
    let settings: PoolSettings
    private let timer: DeadlineTimer
    private(set) var connections: [HTTPConnection] = []
    /// The most recently used last: the others may grow old and be closed.
    private var idle: [HTTPConnection] = []
    private var waiting = CircularBuffer<HTTPExchange>()
    private var isClosed = false

    init(loop: any EventLoop, settings: PoolSettings) {
        self.loop = loop
        self.settings = settings
        timer = DeadlineTimer(loop: loop)
    }

    /// Makes sure that this pool looks at its connections at `deadline`.
    func watch(_ deadline: NIODeadline) {
        if timer.sweep == nil { timer.sweep = { [weak self] in self?.sweep($0) } }
        timer.arm(deadline)
    }

    /// Sends a request on an idle connection, on a new one, or when one becomes free.
    func submit(_ exchange: HTTPExchange) {
        guard !isClosed else { return exchange.finish(.failure(.closed)) }
        watch(exchange.request.deadline)
        while let connection = idle.popLast() {
            if connection.start(exchange) { return }
        }
        if connections.count < settings.maximumConnections {
            let connection = HTTPConnection(for: exchange, pool: self)
            connections.append(connection)
            connection.connect(before: exchange.request.deadline)
        } else if waiting.count < settings.maximumWaiting {
            waiting.append(exchange)
        } else {
            exchange.finish(.failure(.busy))
        }
    }

    /// A connection is free again.
    func release(_ connection: HTTPConnection) {
        while let next = waiting.popFirst() {
            if next.isFinished { continue }
            if !connection.start(next) { submit(next) }
            return
        }
        idle.append(connection)
        watch(connection.idleUntil)
    }

    /// A connection is gone. Its place goes to the next in line.
    func remove(_ connection: HTTPConnection) {
        connections.removeAll { $0 === connection }
        idle.removeAll { $0 === connection }
        guard !isClosed, connections.count < settings.maximumConnections else { return }
        while let next = waiting.popFirst() {
            if next.isFinished { continue }
            return submit(next)
        }
    }

    func close() {
        isClosed = true
        timer.cancel()
        while let exchange = waiting.popFirst() { exchange.finish(.failure(.closed)) }
        for connection in connections { connection.shutDown() }
    }

    private func sweep(_ now: NIODeadline) -> NIODeadline? {
        for exchange in waiting where exchange.request.deadline <= now { exchange.finish(.failure(.busy)) }
        waiting.removeAll { $0.isFinished }
        for connection in connections where connection.isOverdue(now) { connection.expire() }
        let deadlines = connections.compactMap(\.deadline) + waiting.map(\.request.deadline)
        return deadlines.min()
    }
}
