import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import MartletPolicy
import MartletStorage

/// The grants as they stand at this start: short forms with the end their first day gives them, each new one on record.
struct GrantsInForce {
    let compiled: CompiledGrants

    init(
        _ configuration: GatewayConfiguration, store: SQLiteGrantStore, upstreams: [any Upstream], log: Log,
        clock: any GatewayClock, logger: Logger
    ) async throws(StartFailure) {
        let now = clock.now()
        let settings = configuration.grants
        let firstSeen = try await Self.firstSights(settings, store, now)
        var compiled = settings.compile(listed: [:], firstSeen: firstSeen.mapValues(\.at), now: now)
        if !compiled.pending.isEmpty {
            let listed = await Self.offers(of: upstreams, logger)
            compiled = settings.compile(listed: listed, firstSeen: firstSeen.mapValues(\.at), now: now)
        }
        guard compiled.problems.isEmpty else {
            throw StartFailure(compiled.problems.map(\.description).joined(separator: "\n"))
        }
        for pending in compiled.pending {
            logger.warning(
                "no upstream offers the tool of this grant; it permits nothing",
                metadata: ["grant": "\(pending.file):\(pending.line)", "tool": "\(pending.subject.text)"])
        }
        self.compiled = compiled
        try await record(log, firstSeen, now: now, notice: settings.warnBefore, logger)
    }

    /// The grants as JSON, for `martlet grants list`.
    func json(now: UnixTime) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("grants")
        writer.beginArray()
        for entry in compiled.entries {
            let grant = entry.grant
            writer.beginObject()
            writer.member("id", string: grant.id.rawValue)
            writer.member("role", string: grant.target.role.rawValue)
            writer.member("upstream", string: grant.target.upstream.rawValue)
            writer.key(grant.target.subject.member)
            writer.string(grant.target.subject.text)
            writer.key("scope")
            writer.beginArray()
            for constraint in grant.constraints { writer.string(constraint.source) }
            writer.endArray()
            writer.member("requires_approval", bool: grant.approval != nil)
            writer.member("expires", string: grant.expires.rfc3339)
            writer.member("days_left", int: max(0, grant.expires.seconds(since: now) / 86_400))
            if let owner = grant.owner { writer.member("owner", string: owner.rawValue) }
            writer.member("source", string: "\(entry.declaration.file):\(entry.declaration.line)")
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func firstSights(
        _ settings: GrantSettings, _ store: SQLiteGrantStore, _ now: UnixTime
    ) async throws(StartFailure) -> [GrantKey: SQLiteGrantStore.FirstSight] {
        let keys = Set(settings.declarations.filter(\.isShortForm).map(\.key.description))
        guard !keys.isEmpty else { return [:] }
        do {
            var sights: [GrantKey: SQLiteGrantStore.FirstSight] = [:]
            for (text, sight) in try await store.firstSights(of: keys, now: now) {
                guard let key = GrantKey(text) else { continue }
                sights[key] = sight
            }
            return sights
        } catch {
            throw StartFailure("the state database cannot say when grants were first seen: \(error)")
        }
    }

    /// What the upstreams themselves say they offer; asked only for grants that name no upstream and no binding.
    private static func offers(of upstreams: [any Upstream], _ logger: Logger) async -> [UpstreamID: Set<ToolName>] {
        var offers: [UpstreamID: Set<ToolName>] = [:]
        guard let caller = Principal.gateway else { return offers }
        for upstream in upstreams {
            switch await upstream.listTools(for: caller) {
            case .success(let tools): offers[upstream.id] = Set(tools.map(\.name))
            case .failure(let failure):
                logger.warning(
                    "upstream does not list its tools", metadata: ["upstream": "\(upstream.id)", "why": "\(failure)"])
            }
        }
        return offers
    }

    private func record(
        _ log: Log, _ firstSeen: [GrantKey: SQLiteGrantStore.FirstSight], now: UnixTime, notice: Seconds,
        _ logger: Logger
    ) async throws(StartFailure) {
        do {
            for entry in compiled.entries where firstSeen[entry.declaration.key]?.isNew == true {
                _ = try await log.audit.recordEvent(
                    .grantFirstSeen(grant: entry.grant.id.rawValue, expires: entry.grant.expires))
            }
            for entry in compiled.ending(within: notice, now: now) {
                logger.warning(
                    "grant ends soon",
                    metadata: ["grant": "\(entry.grant.id)", "expires": "\(entry.grant.expires.rfc3339)"])
                _ = try await log.audit.recordEvent(
                    .grantExpiring(grant: entry.grant.id.rawValue, expires: entry.grant.expires))
            }
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
    }
}

extension Principal {
    /// The gateway itself, when it asks an upstream what it offers. It has no token and can call no tool.
    static var gateway: Principal? {
        guard let agent = SubjectID("martlet"), let role = RoleName("gateway") else { return nil }
        return Principal(
            agent: agent, role: role, user: nil, issuer: "urn:martlet:self", actors: [],
            credential: CredentialFacts(
                digest: Digest(of: []), tokenID: nil, keyID: nil, algorithm: "none", expires: UnixTime(seconds: 0)))
    }
}
