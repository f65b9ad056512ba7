import NIOCore
import NIOPosix

/// One connection pool for each event loop. A call uses the pool of the loop it runs on: no hop, no lock.
final class LoopPools: Sendable {
    private let group: any EventLoopGroup
    private let pools: [ObjectIdentifier: NIOLoopBoundBox<ConnectionPool>]
    private let limits: AnswerLimits

    init(group: any EventLoopGroup, settings: PoolSettings) {
        self.group = group
        limits = settings.limits
        var pools: [ObjectIdentifier: NIOLoopBoundBox<ConnectionPool>] = [:]
        for loop in group.makeIterator() {
            let pool = ConnectionPool(loop: loop, settings: settings)
            pools[ObjectIdentifier(loop)] = .makeBoxSendingValue(pool, eventLoop: loop)
        }
        self.pools = pools
    }

    /// Sends a request; `completion` runs exactly once, on the loop that carries the request.
    func submit(
        _ request: HTTPRequest, completion: @escaping @Sendable (Result<HTTPAnswer, UpstreamFailure>) -> Void
    ) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        if let loop, let pool = pools[ObjectIdentifier(loop)] {
            Self.submit(HTTPExchange(request, limits: limits, completion: completion), to: pool)
        } else {
            submit(request, on: group.next(), completion: completion)
        }
    }

    private func submit(
        _ request: HTTPRequest, on loop: any EventLoop,
        completion: @escaping @Sendable (Result<HTTPAnswer, UpstreamFailure>) -> Void
    ) {
        guard let pool = pools[ObjectIdentifier(loop)] else { return completion(.failure(.closed)) }
        loop.execute { [limits] in
            Self.submit(HTTPExchange(request, limits: limits, completion: completion), to: pool)
        }
    }

    /// A call whose caller has gone meanwhile is not sent.
    private static func submit(_ exchange: HTTPExchange, to pool: NIOLoopBoundBox<ConnectionPool>) {
        if let side = exchange.side, !side.attach(RunningExchange(exchange, on: pool)) {
            return exchange.finish(.failure(.cancelled))
        }
        pool.value.submit(exchange)
    }

    /// Sends a request and waits for its answer: the one suspension of a call.
    func perform(_ request: HTTPRequest) async -> Result<HTTPAnswer, UpstreamFailure> {
        // Unchecked: `HTTPExchange.finish` runs its completion exactly once.
        await withUnsafeContinuation { continuation in
            submit(request) { continuation.resume(returning: $0) }
        }
    }

    /// Closes all connections. A request that was sent is broken off, every other one is answered `closed`.
    func close() async {
        for pool in pools.values {
            await withCheckedContinuation { continuation in
                pool.eventLoop.execute {
                    pool.value.close()
                    continuation.resume()
                }
            }
        }
    }
}
