import NIOCore

/// One armed timer for all deadlines of one event loop's structure, instead of one timer per call.
///
/// Confined to its loop. Arming costs a comparison unless the new deadline is the earliest one: calls of one upstream
/// have the same timeout, so that is the rule. When it fires, the owner looks at what it has in flight.
final class DeadlineTimer {
    private let loop: any EventLoop
    private var armed: (deadline: NIODeadline, task: Scheduled<Void>)?
    /// Ends what is overdue, and returns the next deadline to wait for, if any. Set once, by the owner.
    var sweep: ((NIODeadline) -> NIODeadline?)?

    init(loop: any EventLoop) { self.loop = loop }

    /// Makes sure that `sweep` runs at `deadline` or before.
    func arm(_ deadline: NIODeadline) {
        if let armed {
            guard deadline < armed.deadline else { return }
            armed.task.cancel()
        }
        let task = loop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            fire()
        }
        armed = (deadline, task)
    }

    func cancel() {
        armed?.task.cancel()
        armed = nil
    }

    private func fire() {
        armed = nil
        if let next = sweep?(.now()) { arm(next) }
    }
}
