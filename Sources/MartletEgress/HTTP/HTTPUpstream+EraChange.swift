import MartletJSON
import MartletMCP
import NIOCore
import Synchronization

/// Notices that an upstream no longer speaks its pinned era.
///
/// Only positive evidence counts: towards a modern upstream a legacy session that opens while `server/discover` has no
/// modern answer, towards a legacy one a modern answer while `initialize` is refused. An error alone, a broken server or
/// one of both eras is no change. Source: docs/adr/0014-aggregated-route.md.
extension HTTPUpstream {
    private enum Finding {
        case holds
        case otherEra
        /// No answer that says anything.
        case unknown
    }

    /// Looks at an answer in the modern era; a doubtful one is followed up before it is handed on.
    func confirmed(
        _ answer: Result<HTTPAnswer, UpstreamFailure>, by deadline: NIODeadline
    ) async -> Result<Answered, UpstreamFailure> {
        if case .success(let found) = answer, found.isDoubtfulOfModern, await isContradicted(by: deadline) {
            return .failure(.eraChanged)
        }
        return Self.read(answer)
    }

    /// Asks the upstream again which era it speaks, unless that was just done; true when it is not the pinned one.
    func isContradicted(by deadline: NIODeadline) async -> Bool {
        let now = NIODeadline.now()
        guard let era = pin.withLock({ $0.startCheck(now, interval: settings.eraCheckInterval) }) else {
            return pin.withLock { $0.isContradicted }
        }
        let finding = era == .modern ? await lookForLegacy(by: deadline) : await lookForModern(by: deadline)
        switch finding {
        case .unknown: return pin.withLock { $0.isContradicted }
        case .holds:
            if pin.withLock({ $0.note(isContradicted: false) }) { settings.eraReport?(.restored(id, era)) }
            return false
        case .otherEra:
            if pin.withLock({ $0.note(isContradicted: true) }) {
                settings.eraReport?(.changed(id, pinned: era, seen: era.other))
            }
            return true
        }
    }

    private func lookForLegacy(by deadline: NIODeadline) async -> Finding {
        let answer = await discover(by: deadline)
        switch EraProbe.read(Self.read(answer)) {
        case .modern: return .holds
        case .failed: return .unknown
        case .notModern: break
        }
        guard case .success(let found) = answer, found.status < 500,
            case .success(let session) = await openSession(by: deadline)
        else { return .unknown }
        endLater([session])
        return .otherEra
    }

    private func lookForModern(by deadline: NIODeadline) async -> Finding {
        let offer = UpstreamDialect(version: .newestLegacy, client: settings.client)
        let (number, answer) = await exchange(offer, by: deadline, Hearing()) { id, dialect in
            UpstreamRequest.initialize(id: id, dialect)
        }
        guard case .success(let found) = answer, found.status < 500 else { return .unknown }
        if case .answer(.result(let result)) = found.content, let version = result.legacyVersion {
            endLater([LegacySession(id: found.sessionID, version: version, number: number)])
            return .holds
        }
        guard case .modern = EraProbe.read(Self.read(await discover(by: deadline))) else { return .unknown }
        return .otherEra
    }
}

extension HTTPAnswer {
    /// How a server of the session era answers who has no session with it. A modern server may answer so too.
    fileprivate var isDoubtfulOfModern: Bool {
        switch content {
        case .answer(.error(let code, _, _)):
            let isModern = (-32099 ... -32020).contains(code)
            return !isModern && (isRefused || code == ErrorCode.methodNotFound || code == ErrorCode.invalidRequest)
        case .empty, .unreadable: return isRefused
        case .answer(.result), .document, .interrupted, .streamEnded: return false
        }
    }

    private var isRefused: Bool { (400..<500).contains(status) }

    /// How a modern server answers who speaks of sessions.
    var isDoubtfulOfLegacy: Bool {
        guard case .answer(.error(let code, _, _)) = content else { return false }
        return code == ErrorCode.unsupportedVersion || code == ErrorCode.headerMismatch
            || code == ErrorCode.missingCapability
    }
}
