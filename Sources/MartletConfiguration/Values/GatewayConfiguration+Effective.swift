import MartletCore
import MartletPolicy
import MartletTransparency

extension GatewayConfiguration {
    /// Every value in force, defaults included, in the order of the file; for `martlet check`. Secrets are not in it.
    package var effectiveValues: [(key: String, value: String)] {
        [
            ("environment", environment.rawValue), ("posture", posture.rawValue), ("state", state),
            ("listen.address", listen.address), ("listen.port", "\(listen.port)"),
            ("listen.public_url", listen.publicURL(boundTo: listen.port)),
            ("listen.tls", listen.tls.map { "\($0.certificate), \($0.key)" } ?? "off"),
            ("listen.allowed_hosts", Self.list(listen.allowedHosts)),
            ("listen.allowed_origins", Self.list(listen.allowedOrigins)),
        ] + authentication.effectiveValues
            + agents.map { ("agents.\($0.id)", "role \($0.role), issuer \($0.issuer), subject \($0.subject)") }
            + upstreams.map { ("upstreams.\($0.name)", $0.effectiveValue) } + [
                ("grants.default_lifetime", grants.defaultLifetime.text),
                ("grants.warn_before", grants.warnBefore.text),
                ("grants.files", "\(grants.declarations.count) grants"), ("policies", Self.list(policies.files)),
            ]
            + policies.policies.map {
                ("policies.\($0.id)", "\($0.isPermit ? "permit" : "forbid"), \($0.file):\($0.line)")
            } + [("approvals.ttl", approvals.ttl.text)]
            + approvals.approvers.map { ("approvals.approvers.\($0.id)", Self.list($0.roles.map(\.rawValue).sorted())) }
            + [
                ("audit.segment_size", Section.sizeText(audit.segmentBytes)),
                ("audit.spare_segments", "\(audit.spareSegments)"), ("audit.receipts", "\(audit.receipts)"),
                ("audit.heartbeat", audit.heartbeat.text),
                ("audit.outcome_of_reads", audit.outcomeOfReads.rawValue),
                ("audit.retention", audit.retention.effectiveValue),
                ("audit.payload_key", audit.payloadKey?.effectiveValue ?? "keys/payload.key"),
                ("audit.witnesses", audit.witnesses?.effectiveValue ?? "none"),
                ("audit.timestamps", audit.timestamps.map { "\($0.url), every \($0.every.text)" } ?? "none"),
            ] + audit.sinks.map { ("audit.sinks.\($0.name)", $0.effectiveValue) } + audit.redactions.effectiveValues
            + limits.effectiveValues
    }

    static func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
}

extension AuthenticationSettings {
    fileprivate var effectiveValues: [(key: String, value: String)] {
        let builtIn = builtIn.map { "default_ttl \($0.defaultTTL.text), maximum_ttl \($0.maximumTTL.text)" } ?? "off"
        return [("authentication.built_in", builtIn)]
            + issuers.map { issuer in
                let keys =
                    switch issuer.keys {
                    case .file(let path): path
                    case .url(let url): url.text
                    }
                return (
                    "authentication.issuers.\(issuer.issuer)",
                    """
                    keys \(keys), algorithms \(GatewayConfiguration.list(issuer.algorithms)), audience \
                    \(issuer.audience ?? "of the route"), role_claim \(issuer.roleClaim ?? "none"), refresh \
                    \(issuer.refresh.text), maximum_staleness \(issuer.maximumStaleness.text), maximum_lifetime \
                    \(issuer.maximumLifetime.text)
                    """
                )
            }
    }
}

extension UpstreamSettings {
    fileprivate var effectiveValue: String {
        let address =
            switch transport {
            case .command(let words, let variables, let limits):
                "command \(words.joined(separator: " ")), variables "
                    + GatewayConfiguration.list(variables.map(\.name)) + ", limits.descriptors \(limits.descriptors)"
                    + ", limits.memory \(Section.sizeText(limits.memoryBytes)), stderr \(standardError.rawValue)"
            case .url(let url, let credential):
                "url \(url), credential \(credential.map { "in \($0.header)" } ?? "none")"
                    + (url.isSecure ? ", certificate_authorities \(certificateAuthorities ?? "of the system")" : "")
            }
        let declared = classes.map { "\($0.key) \($0.value.rawValue)" }.sorted().joined(separator: ", ")
        let searched = searches.map { "\($0.key) \($0.value.map(\.description).joined(separator: " "))" }.sorted()
            .joined(separator: ", ")
        return "\(address), era \(era.rawValue), timeout \(timeout.text)"
            + (declared.isEmpty ? "" : ", classes \(declared)") + (searched.isEmpty ? "" : ", search \(searched)")
    }
}

extension KeyCommandSettings {
    fileprivate var effectiveValue: String { "command \(command.joined(separator: " ")), timeout \(timeout.text)" }
}

extension WitnessSettings {
    fileprivate var effectiveValue: String {
        GatewayConfiguration.list(policy.witnesses.map(\.name))
            + ", policy \(policyFile), every \(every.text), timeout \(timeout.text), lost_after \(lostAfter.text)"
    }
}

extension LimitSettings {
    fileprivate var effectiveValues: [(key: String, value: String)] {
        [
            ("limits.request_bytes", Section.sizeText(requestBytes)),
            ("limits.response_bytes", Section.sizeText(responseBytes)),
            ("limits.header_bytes", Section.sizeText(headerBytes)),
            ("limits.concurrent_calls", "\(concurrentCalls)"), ("limits.connections", "\(connections)"),
            ("limits.sessions", "\(sessions)"),
        ]
    }
}
