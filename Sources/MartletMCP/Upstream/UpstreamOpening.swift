package import MartletJSON

/// What the answer to `server/discover` says about an upstream's era.
///
/// Source: MCP 2026-07-28, Versioning, "Backward Compatibility": no single code decides for legacy, only positive
/// evidence decides for modern.
package enum EraVerdict: Hashable, Sendable {
    /// Speaks a modern version of ours.
    case modern
    /// Gave no sign of the modern era: open a session with `initialize`.
    case legacy
    /// Modern, but in no version we speak.
    case incompatible

    /// Judges one answer; nil while the stream goes on.
    package init?(_ reply: UpstreamReply) {
        switch reply {
        case .result(let result): self = Self.judge(result.member("supportedVersions"), otherwise: .legacy)
        case .error(ErrorCode.unsupportedVersion, _, let data):
            self = Self.judge(data?.member("supported"), otherwise: .incompatible)
        case .error(ErrorCode.headerMismatch, _, _), .error(ErrorCode.missingCapability, _, _): self = .modern
        case .error, .garbage: self = .legacy
        case .notification, .request: return nil
        }
    }

    private static func judge(_ versions: JSONValue?, otherwise: EraVerdict) -> EraVerdict {
        let stated = versions?.elements.compactMap { $0.string.flatMap(ProtocolVersion.init(exactly:)) } ?? []
        if stated.contains(where: { $0.era == .modern }) { return .modern }
        return stated.isEmpty ? otherwise : .legacy
    }
}

extension ProtocolVersion {
    /// The version an upstream chose in its answer to `initialize`; nil when it is none of ours, or a modern one.
    package init?(initializeResult result: JSONValue) {
        guard let text = result.member("protocolVersion")?.string, let version = Self(exactly: text),
            version.era == .legacy
        else { return nil }
        self = version
    }
}
