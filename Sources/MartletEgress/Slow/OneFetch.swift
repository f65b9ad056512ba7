import NIOCore

/// A pool of one connection for one request.
final class OneFetch: Sendable {
    private let request: HTTPRequest
    private let pool: NIOLoopBoundBox<ConnectionPool>

    init(_ request: HTTPRequest, settings: PoolSettings, loop: any EventLoop) {
        self.request = request
        pool = .makeBoxSendingValue(ConnectionPool(loop: loop, settings: settings), eventLoop: loop)
    }

    func run() async -> Result<HTTPAnswer, UpstreamFailure> {
        await withCheckedContinuation { continuation in
            pool.eventLoop.execute { [pool, request] in
                let exchange = HTTPExchange(request, limits: pool.value.settings.limits) { result in
                    continuation.resume(returning: result)
                    pool.eventLoop.execute { pool.value.close() }
                }
                pool.value.submit(exchange)
            }
        }
    }

    func cancel() {
        pool.eventLoop.execute { [pool] in pool.value.close() }
    }
}
