import Glibc
import NIOCore

/// Waits for the end of one child and, when asked, brings it about: input closed, SIGTERM, lifeline cut, SIGKILL, reaped.
///
/// Confined to its loop. The kernel does not tell an event loop about a child's end without a global signal handler, so
/// the leader is polled: five times a second while it runs (its output usually closes earlier, and that is told at
/// once), every ten milliseconds while it is being ended.
final class ChildWatch {
    private enum Stage { case running, inputClosed, terminated, cut, killed, reaped }

    private let process: ChildProcess
    private let loop: any EventLoop
    private let grace: TimeAmount
    private var stage = Stage.running
    private var stageEnd = NIODeadline.distantFuture
    private var poll: Scheduled<Void>?
    private var ended: ((ChildExit) -> Void)?

    init(_ process: ChildProcess, loop: any EventLoop, grace: TimeAmount, ended: @escaping (ChildExit) -> Void) {
        self.process = process
        self.loop = loop
        self.grace = grace
        self.ended = ended
        pollLater()
    }

    /// Starts the end; the child's input must be closed by the caller. Returns at once.
    func end() {
        guard stage == .running else { return }
        enter(.inputClosed)
    }

    private func enter(_ next: Stage) {
        stage = next
        stageEnd = next == .killed ? .distantFuture : .now() + grace
        poll?.cancel()
        check()
    }

    private func pollLater() {
        let interval = stage == .running ? TimeAmount.milliseconds(200) : .milliseconds(10)
        poll = loop.assumeIsolated().scheduleTask(in: interval) { [self] in check() }
    }

    private func check() {
        if process.hasEnded { return finish() }
        if stageEnd <= .now() { return escalate() }
        pollLater()
    }

    private func escalate() {
        switch stage {
        case .inputClosed:
            process.signalGroup(SIGTERM)
            enter(.terminated)
        case .terminated:
            // The supervisor finds more than the group: also who has left it.
            close(process.lifeline)
            enter(.cut)
        case .cut:
            process.signalGroup(SIGKILL)
            enter(.killed)
        case .running, .killed, .reaped: break
        }
    }

    private func finish() {
        guard stage != .reaped else { return }
        if stage != .cut, stage != .killed { close(process.lifeline) }
        stage = .reaped
        let exit = process.reap()
        ended?(exit)
        ended = nil
    }
}
