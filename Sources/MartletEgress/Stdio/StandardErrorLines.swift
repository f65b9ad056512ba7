import Logging
import NIOCore

/// What the processes of one child write to their standard error, on its way to the operator's log.
///
/// A child may repeat there what callers sent, and as often as it likes: a bounded number of lines is written in a window
/// of time, over all its lives, and then how many more there were. Confined to its loop.
final class StandardErrorLines {
    private let logger: Logger
    private let loop: any EventLoop
    private var budget: LineBudget
    private let isLogged: Bool

    init(_ settings: StdioUpstreamSettings, loop: any EventLoop, logger: Logger) {
        self.logger = logger
        self.loop = loop
        isLogged = settings.logsStandardError
        budget = LineBudget(lines: settings.standardErrorLines, window: settings.standardErrorWindow)
    }

    /// Takes one line, already bounded and printable.
    func take(_ line: @autoclosure () -> String) {
        guard isLogged else { return }
        let now = NIODeadline.now()
        tell(budget.close(now))
        if budget.take(now) {
            logger.notice("upstream says on stderr", metadata: ["line": "\(line())"])
        } else if budget.dropped == 1, let end = budget.end {
            loop.assumeIsolated().scheduleTask(deadline: end) { [weak self] in
                guard let self else { return }
                tell(budget.close(.now()))
            }
        }
    }

    /// Says at the end what was dropped until then.
    func finish() { tell(budget.close(.now(), early: true)) }

    private func tell(_ dropped: Int) {
        guard dropped > 0 else { return }
        logger.notice("lines of upstream's stderr dropped", metadata: ["lines": "\(dropped)"])
    }
}
