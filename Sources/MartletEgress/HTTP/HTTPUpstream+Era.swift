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
        if let era = pinnedEra.withLock({ $0 }) { return .success(era) }
        switch await probe(by: deadline) {
        case .failure(let failure): return .failure(failure.beforeTheCall("era could not be found out"))
        case .success(let era):
            return .success(
                pinnedEra.withLock { pinned in
                    let kept = pinned ?? era
                    pinned = kept
                    return kept
                })
        }
    }

    /// Modern first; whatever is no modern answer is tried with `initialize`, and counts only if that succeeds.
    /// Source: MCP 2026-07-28, Lifecycle, "Supporting Older Servers".
    private func probe(by deadline: NIODeadline) async -> Result<ProtocolEra, UpstreamFailure> {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: settings.client)
        let (_, answer) = await exchange(dialect, by: deadline, Hearing()) { [client = settings.client] id, _ in
            UpstreamRequest.discover(id: id, client: client)
        }
        switch EraProbe.read(Self.read(answer)) {
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
        case .success((.error(let code, _, _), _)): isModernError(code) ? .modern : .notModern
        case .failure(.garbage): .notModern
        case .failure(let failure): .failed(failure)
        }
    }

    private static func offersModern(_ result: JSONValue) -> Bool {
        guard let versions = result.member("supportedVersions"), versions.kind == .array else { return false }
        return versions.elements.contains { $0.isString("2026-07-28") }
    }

    /// Codes that only a modern server gives. -32022 is not among them: it refuses the one modern version there is.
    private static func isModernError(_ code: Int) -> Bool {
        code == ErrorCode.headerMismatch || code == ErrorCode.missingCapability
    }
}

extension UpstreamFailure {
    /// The same failure of a message that went ahead of the call: the call itself was certainly not sent.
    package func beforeTheCall(_ what: String) -> UpstreamFailure {
        switch self {
        case .unreachable, .unauthorized, .busy, .closed, .cancelled, .notCarried: self
        case .timedOut: .unreachable("\(what): timed out")
        case .brokenOff: .unreachable("\(what): broken off")
        case .garbage(let reason): .unreachable("\(what): \(reason)")
        case .tooLarge: .unreachable("\(what): answer too large")
        }
    }
}
