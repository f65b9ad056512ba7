package import MartletMCP

/// The caller's side of one call while it runs: it hears what the upstream says before the answer, and may give up.
///
/// Implementations serve one call after the other, so that a call without a word costs no object of its own.
package protocol CallSide: AnyObject, Sendable {
    /// Takes one notice of the call; on the upstream's event loop, must not block. Never called after the result.
    func hear(_ notice: UpstreamNotice)

    /// Learns what runs, to cancel it or to slow it down. False when the call was given up before: then it is not sent.
    func attach(_ running: any RunningCall) -> Bool
}

/// A call on its way to an upstream, as seen by who waits for it. Both functions may come from any thread, at any time,
/// also when the call has ended: then they do nothing.
package protocol RunningCall: Sendable {
    /// Gives the call up: the upstream is told in the way of its era, and the result is `UpstreamFailure.cancelled`.
    func cancel()
    /// Stops reading from the upstream, or goes on. Only where a connection carries this call alone.
    func hold(_ isHeld: Bool)
}

/// What of an upstream's words one caller wants to hear.
package struct CallRelay: Sendable {
    package let side: any CallSide
    /// The caller gave a token to report progress under.
    package var progress: Bool
    /// The lowest level of log lines; nil for none.
    package var logLevel: LogLevel?

    package init(to side: any CallSide, progress: Bool = false, logLevel: LogLevel? = nil) {
        self.side = side
        self.progress = progress
        self.logLevel = logLevel
    }

    func wants(_ notice: UpstreamNotice) -> Bool {
        switch notice.kind {
        case .progress: progress
        case .log(let level): logLevel.map(level.reaches) ?? false
        }
    }
}
