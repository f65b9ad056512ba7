import Glibc

/// Everything that came from one program, as its subreaper sees it.
struct Descendants {
    private let program: pid_t
    /// How the program ended, as `waitpid` tells it.
    private var status: CInt?

    init(of program: pid_t) { self.program = program }

    /// Returns when the program has ended, or the other side of `lifeline` is gone. Buries whatever is left to us.
    mutating func waitForEnd(or lifeline: CInt) {
        let handle = ProcessControl.handle(of: program)
        defer { if handle >= 0 { close(handle) } }
        while true {
            var ends = [pollfd(fd: lifeline, events: Int16(POLLIN), revents: 0)]
            if handle >= 0 { ends.append(pollfd(fd: handle, events: Int16(POLLIN), revents: 0)) }
            // Nothing is ever written to the lifeline: whatever it reports is its end. Kernels without pidfd are asked.
            let count = poll(&ends, nfds_t(ends.count), handle >= 0 ? -1 : 100)
            bury(waiting: false)
            if status != nil || count > 0 && ends[0].revents != 0 { return }
        }
    }

    /// Kills until nobody is left, and returns how the program ended.
    ///
    /// Whoever dies leaves its own children to us, so that each round finds the next generation.
    mutating func killAll() -> CInt? {
        repeat {
            for child in ProcessControl.children(of: getpid()) { kill(child, SIGKILL) }
        } while bury(waiting: true)
        return status
    }

    /// Buries one that has ended, or all of them without waiting. False when there is no child any more.
    @discardableResult
    private mutating func bury(waiting: Bool) -> Bool {
        while true {
            var status: CInt = 0
            let ended = waitpid(-1, &status, waiting ? 0 : WNOHANG)
            if ended < 0 { return errno == EINTR }
            if ended == program { self.status = status }
            if ended == 0 || waiting { return true }
        }
    }
}
