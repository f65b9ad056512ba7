import MartletAuthn
import Synchronization

/// An issuer's key endpoint that a test can change, break, hold up, and ask how often it was read.
final class PublishedKeys: JWKSSource {
    private struct State {
        var answer: Result<[UInt8], JWKSError>
        var fetches = 0
        var isHeld = false
    }
    private let state: Mutex<State>

    init(_ bytes: [UInt8]) { state = Mutex(State(answer: .success(bytes))) }

    var fetches: Int { state.withLock(\.fetches) }
    func publish(_ bytes: [UInt8]) { state.withLock { $0.answer = .success(bytes) } }
    func fail(_ error: JWKSError) { state.withLock { $0.answer = .failure(error) } }
    /// From now on a fetch ends only by cancellation.
    func hold() { state.withLock { $0.isHeld = true } }
    func release() { state.withLock { $0.isHeld = false } }

    func fetch() async throws(JWKSError) -> [UInt8] {
        let (answer, isHeld) = state.withLock { state in
            state.fetches += 1
            return (state.answer, state.isHeld)
        }
        if isHeld {
            let (silence, continuation) = AsyncStream<Never>.makeStream()
            for await _ in silence {}
            _ = continuation
            throw .timedOut
        }
        // Lets the other tasks of a test run while this fetch is under way.
        for _ in 0..<100 { await Task.yield() }
        return try answer.get()
    }
}
