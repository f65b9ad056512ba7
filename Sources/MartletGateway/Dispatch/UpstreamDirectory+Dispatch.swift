import MartletAudit
import MartletCore
import MartletEgress

extension UpstreamDirectory {
    /// Stage 7: gives the recorded call to its upstream, or to the call that waits there for this very answer.
    ///
    /// Consumes the record, so that a call is dispatched at most once.
    func dispatch(
        _ recorded: consuming RecordedCall, _ offer: ToolOffer, _ held: (any HeldCall)?, relaying relay: CallRelay?
    ) async -> UpstreamResult {
        if let held { return await held.goOn(recorded, relaying: relay) }
        if let failure = offer.failure { return .failed(failure.beforeTheCall("tools could not be listed")) }
        guard let upstream = self[recorded.call.upstream] else { return .failed(.closed) }
        return await upstream.call(recorded, relaying: relay)
    }
}
