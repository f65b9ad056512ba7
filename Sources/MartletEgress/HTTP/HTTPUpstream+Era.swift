import MartletJSON
import MartletMCP
import NIOCore
import Synchronization

extension HTTPUpstream {
    /// The era this upstream speaks; asked once when the configuration leaves it open.
    ///
    /// Until it is known nothing of a call is sent, so no failure here means that a call may have run. Calls that come
    /// during the first probe probe themselves: asking has no effect, and the first answer is kept.
    func era(by deadline: NIODeadline) async -> Result<ProtocolEra, UpstreamFailure> {
        let (known, isContradicted) = pin.withLock { ($0.era, $0.isContradicted) }
        if let known {
            guard isContradicted else { return .success(known) }
            return await self.isContradicted(by: deadline) ? .failure(.eraChanged) : .success(known)
        }
        switch await probe(by: deadline) {
        case .failure(let failure): return .failure(failure.beforeTheCall("era could not be found out"))
        case .success(let era):
            let (kept, isNew) = pin.withLock { $0.settle(era) }
            if isNew { settings.eraReport?(.pinned(id, kept)) }
            return .success(kept)
        }
    }

    /// Modern first; whatever is no modern answer is tried with `initialize`, and counts only if that succeeds.
    /// Source: MCP 2026-07-28, Lifecycle, "Supporting Older Servers".
    func probe(by deadline: NIODeadline) async -> Result<ProtocolEra, UpstreamFailure> {
        switch EraProbe.read(Self.read(await discover(by: deadline))) {
        case .modern: return .success(.modern)
        case .failed(let failure): return .failure(failure)
        case .notModern: break
        }
        switch await openSession(by: deadline) {
        case .failure(let failure): return .failure(failure)
        case .success(let session):
            endLater([session])
            return .success(.legacy)
        }
    }

    func discover(by deadline: NIODeadline) async -> Result<HTTPAnswer, UpstreamFailure> {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: settings.client)
        return await exchange(dialect, by: deadline, Hearing()) { [client = settings.client] id, _ in
            UpstreamRequest.discover(id: id, client: client)
        }.answer
    }
}

/// Reads what came back to `server/discover`.
enum EraProbe {
    case modern
    /// An answer, but not of the modern era: worth an `initialize`.
    case notModern
    /// No answer: says nothing about the era.
    case failed(UpstreamFailure)

    static func read(_ answer: Result<(UpstreamAnswer, Int), UpstreamFailure>) -> EraProbe {
        switch answer {
        case .success((.result(let result), _)): offersModern(result) ? .modern : .notModern
        case .success((.error(ErrorCode.unsupportedVersion, _, let data), _)): read(refusal: data)
        case .success((.error(let code, _, _), _)): isModernError(code) ? .modern : .notModern
        case .failure(.garbage): .notModern
        case .failure(let failure): .failed(failure)
        }
    }

    private static func offersModern(_ result: JSONValue) -> Bool {
        guard let versions = result.member("supportedVersions"), versions.kind == .array else { return false }
        return versions.elements.contains { $0.isString("2026-07-28") }
    }

    /// A modern server that does not take the version: it is spoken to in ours if it names it, and not at all otherwise.
    /// There is no falling back to `initialize`. Source: MCP 2026-07-28, Transports, "Backward Compatibility".
    private static func read(refusal data: JSONValue?) -> EraProbe {
        let versions = data?.member("supported")
        let isOurs = versions?.kind == .array && versions?.elements.contains { $0.isString("2026-07-28") } == true
        return isOurs ? .modern : .failed(.unreachable("speaks no version of ours"))
    }

    /// Codes that only a modern server gives.
    private static func isModernError(_ code: Int) -> Bool {
        code == ErrorCode.headerMismatch || code == ErrorCode.missingCapability
    }
}

extension UpstreamFailure {
    /// The same failure of a message that went ahead of the call: the call itself was certainly not sent.
    package func beforeTheCall(_ what: String) -> UpstreamFailure {
        switch self {
        case .unreachable, .unauthorized, .busy, .closed, .cancelled, .notCarried, .eraChanged: self
        case .timedOut: .unreachable("\(what): timed out")
        case .brokenOff: .unreachable("\(what): broken off")
        case .garbage(let reason): .unreachable("\(what): \(reason)")
        case .tooLarge: .unreachable("\(what): answer too large")
        }
    }
}
