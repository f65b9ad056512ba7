import Logging
import MartletAuthn
import MartletCore
import Synchronization

/// Says when the keys of an issuer cannot be fetched, and when they can again; once each.
final class KeyRefreshLog: Sendable {
    private let logger: Logger
    private let clock: any GatewayClock
    private let failures = Mutex<[String: LastingCondition]>([:])

    init(logger: Logger, clock: any GatewayClock) {
        self.logger = logger
        self.clock = clock
    }

    /// `callers` are those whose tokens the keys are for: each kind fetches for itself.
    func report(_ refresh: KeyRefresh, for callers: String) {
        let issuer: Logger.Metadata = ["issuer": "\(refresh.issuer)", "for": "\(callers)"]
        logger.debug("issuer keys", metadata: issuer.merging(["outcome": "\(refresh.outcome)"]) { $1 })
        let why: String?
        switch refresh.outcome {
        case .changed, .unchanged: why = nil
        case .skipped: return
        case .failed(let error): why = "\(error)"
        }
        let now = clock.now()
        let news = failures.withLock { failures in
            failures["\(callers) \(refresh.issuer)", default: LastingCondition()].note(why, at: now)
        }
        switch news {
        case .lasts(let why):
            logger.warning(
                "issuer keys cannot be fetched: new keys are not known, and after maximum_staleness its tokens are refused",
                metadata: issuer.merging(["why": "\(why)"]) { $1 })
        case .ended: logger.notice("issuer keys can be fetched again", metadata: issuer)
        case nil: break
        }
    }
}
