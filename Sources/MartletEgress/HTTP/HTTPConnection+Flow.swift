import NIOCore

/// Giving up and slowing down what a connection carries.
extension HTTPConnection {
    func carries(_ exchange: HTTPExchange) -> Bool {
        switch state {
        case .connecting(let mine), .busy(let mine): mine === exchange
        case .idle, .draining, .closed: false
        }
    }

    /// Ends the connection under an exchange that is given up: what it still carries is nobody's.
    /// Source: MCP 2026-07-28, Transports, "Cancellation": closing the stream cancels.
    func cancel(_ exchange: HTTPExchange) {
        guard carries(exchange) else { return }
        close(exchange, .cancelled)
    }

    /// Stops reading, so that TCP slows the upstream down; the deadline of the call goes on.
    func hold(_ isHeld: Bool) {
        guard let channel else { return }
        channel.setOption(.autoRead, value: !isHeld).whenFailure { _ in channel.close(promise: nil) }
    }

    /// The connection goes back to the pool as it came.
    func resumeWhenFinished(_ exchange: HTTPExchange) {
        guard exchange.isHeld, exchange.isFinished else { return }
        exchange.isHeld = false
        hold(false)
    }
}

extension ConnectionPool {
    func cancel(_ exchange: HTTPExchange) {
        guard !exchange.isFinished else { return }
        if let connection = connections.first(where: { $0.carries(exchange) }) {
            connection.cancel(exchange)
        } else {
            // Still in line: `release` passes over what is finished.
            exchange.finish(.failure(.cancelled))
        }
    }

    func extend(_ exchange: HTTPExchange, to deadline: NIODeadline) {
        guard !exchange.isFinished else { return }
        exchange.deadline = deadline
        watch(deadline)
    }

    func hold(_ exchange: HTTPExchange, _ isHeld: Bool) {
        guard !exchange.isFinished, exchange.isHeld != isHeld else { return }
        exchange.isHeld = isHeld
        connections.first { $0.carries(exchange) }?.hold(isHeld)
    }
}

/// One exchange as its caller sees it.
struct RunningExchange: PatientCall {
    private let exchange: NIOLoopBound<HTTPExchange>
    private let pool: NIOLoopBoundBox<ConnectionPool>

    /// To be made on the pool's loop.
    init(_ exchange: HTTPExchange, on pool: NIOLoopBoundBox<ConnectionPool>) {
        self.exchange = NIOLoopBound(exchange, eventLoop: pool.eventLoop)
        self.pool = pool
    }

    func cancel() { onLoop { pool, exchange in pool.cancel(exchange) } }

    func hold(_ isHeld: Bool) { onLoop { pool, exchange in pool.hold(exchange, isHeld) } }

    func extend(to deadline: NIODeadline) { onLoop { pool, exchange in pool.extend(exchange, to: deadline) } }

    private func onLoop(_ work: @escaping @Sendable (ConnectionPool, HTTPExchange) -> Void) {
        let (exchange, pool) = (exchange, pool)
        if pool.eventLoop.inEventLoop {
            work(pool.value, exchange.value)
        } else {
            pool.eventLoop.execute { work(pool.value, exchange.value) }
        }
    }
}
