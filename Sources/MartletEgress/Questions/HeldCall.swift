package import MartletAudit

/// A call to a session-era upstream that goes on while its upstream waits for the answer to a question.
///
/// Whoever has it either goes on with it or gives it up, once. The next round needs a proof of its own: an answer that is
/// not on record cannot be sent. Source: docs/adr/0013-questions-of-upstreams.md.
package protocol HeldCall: AnyObject, Sendable {
    /// Sends the answer that `recorded` was decided with, and waits on.
    ///
    /// Without an answer to the question that is open, the upstream is told nothing and the same question comes back.
    func goOn(_ recorded: consuming RecordedCall, relaying relay: CallRelay?) async -> UpstreamResult

    /// Cancels the call at the upstream: nobody answers any more. What it did until now is not undone.
    func giveUp()
}
