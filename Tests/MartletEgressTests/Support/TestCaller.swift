import MartletEgress
import MartletMCP
import Synchronization

/// A caller that writes down what it hears, and can give its call up.
final class TestCaller: CallSide {
    private struct State {
        var heard: [String] = []
        var running: (any RunningCall)?
        var isGone = false
        var holdsAfter: Int?
    }
    private let state = Mutex(State())
    private let token: RequestID?

    init(token: RequestID? = .string("mine"), holdsAfter count: Int? = nil, isGone: Bool = false) {
        self.token = token
        state.withLock {
            $0.holdsAfter = count
            $0.isGone = isGone
        }
    }

    var heard: [String] { state.withLock { $0.heard } }
    /// What stands behind `"progress":` in each notice.
    var progress: [String] { heard.compactMap { $0.range(between: #""progress":"#, and: [",", "}"]) } }

    func hear(_ notice: UpstreamNotice) {
        let text = notice.message(token: token).map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
        let held = state.withLock { state in
            state.heard.append(text)
            return state.heard.count == state.holdsAfter ? state.running : nil
        }
        held?.hold(true)
    }

    func attach(_ running: any RunningCall) -> Bool {
        state.withLock { state in
            state.running = running
            return !state.isGone
        }
    }

    func cancel() { state.withLock { $0.running }?.cancel() }
    func goOn() { state.withLock { $0.running }?.hold(false) }

    func all(progress: Bool = true, log level: LogLevel? = nil) -> CallRelay {
        CallRelay(to: self, progress: progress, logLevel: level)
    }
}
