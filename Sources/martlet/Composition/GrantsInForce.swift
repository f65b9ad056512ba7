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
    /// What decides by them.
    let engine: PolicyEngine

    init(
        _ configuration: GatewayConfiguration, store: SQLiteGrantStore, upstreams: [any Upstream], log: Log,
        clock: any GatewayClock, logger: Logger
    ) async throws(StartFailure) {
        let now = clock.now()
        let settings = configuration.grants
        let firstSeen = try await Self.firstSights(settings, store, now)
        var compiled = settings.compile(listed: [:], firstSeen: firstSeen.mapValues(\.at), now: now)
        var silent: [String] = []
        if !compiled.pending.isEmpty {
            let offers = await Self.offers(of: upstreams, logger)
            silent = offers.silent
            compiled = settings.compile(listed: offers.listed, firstSeen: firstSeen.mapValues(\.at), now: now)
        }
        // Again, because grants of tools that the upstreams themselves list are known only now.
        let problems =
            compiled.problems.isEmpty
            ? configuration.policies.problems(beside: compiled, terms: settings.terms) : compiled.problems
        guard problems.isEmpty else {
            throw StartFailure(problems.map(\.description).joined(separator: "\n"))
        }
        if let pending = compiled.pending.first(where: \.requiresApproval),
            configuration.policies.policies.contains(where: \.isPermit)
        {
            throw StartFailure(
                "\(pending.file):\(pending.line): no upstream is known to offer \"\(pending.subject.text)\", so its approval "
                    + "could not be asked for what a hand-written permit allows; give the grant its upstream, or start "
                    + "that upstream")
        }
        for pending in compiled.pending {
            let unanswered = silent.joined(separator: ", ")
            logger.warning(
                silent.isEmpty
                    ? "no upstream offers the tool of this grant; it permits nothing"
                    : "this grant permits nothing until the next start: it may be for an upstream that did not answer",
                metadata: ["grant": "\(pending.file):\(pending.line)", "tool": "\(pending.subject.text)"]
                    .merging(silent.isEmpty ? [:] : ["unanswered": "\(unanswered)"]) { $1 })
        }
        self.compiled = compiled
        engine = PolicyEngine(
            grants: compiled.grants, policies: configuration.policies.policies, bindings: settings.terms.bindings)
        try await record(log, firstSeen, now: now, notice: settings.warnBefore, logger)
        try await Self.state(configuration, compiled, engine.digest, in: log)
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
    ///
    /// All at once: the start waits for the slowest, not for the sum of those that are down. Gives also who is silent.
    private static func offers(
        of upstreams: [any Upstream], _ logger: Logger
    ) async -> (listed: [UpstreamID: Set<ToolName>], silent: [String]) {
        guard let caller = Principal.gateway else { return ([:], []) }
        typealias Answer = (upstream: UpstreamID, tools: Result<[ToolDefinition], UpstreamFailure>)
        let answers = await withTaskGroup(of: Answer.self) { group in
            for upstream in upstreams { group.addTask { (upstream.id, await upstream.listTools(for: caller)) } }
            return await group.reduce(into: [Answer]()) { $0.append($1) }
        }
        var listed: [UpstreamID: Set<ToolName>] = [:]
        var silent: [String] = []
        for (upstream, answer) in answers.sorted(by: { $0.upstream.rawValue < $1.upstream.rawValue }) {
            switch answer {
            case .success(let tools): listed[upstream] = Set(tools.map(\.name))
            case .failure(let failure):
                silent.append(upstream.rawValue)
                logger.warning(
                    """
                    upstream \(upstream) did not answer: grants that name no upstream cannot be for its tools; start it \
                    and restart the gateway, or name their tools under `tools` of the upstream
                    """, metadata: ["upstream": "\(upstream)", "why": "\(failure)"])
            }
        }
        return (listed, silent)
    }

    /// What this start lets whom do, for whoever asks later who could have done something. Before the first call.
    private static func state(
        _ configuration: GatewayConfiguration, _ compiled: CompiledGrants, _ policy: Digest, in log: Log
    ) async throws(StartFailure) {
        do {
            let statement = try await AuthorityStatement(configuration, compiled, in: log.audit)
            for part in AuthorityPart.parts(of: statement.items, policy: policy) {
                _ = try await log.audit.recordEvent(.grantsInForce(part))
            }
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
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
