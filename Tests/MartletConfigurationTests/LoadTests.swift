import MartletCore
import MartletPolicy
import Testing

@testable import MartletConfiguration

@Suite("A configuration that starts")
struct LoadTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    @Test("absent keys have their documented defaults")
    func defaults() throws {
        let configuration = try folder.load(Folder.standard)
        #expect(configuration.environment.rawValue == "demo")
        #expect(configuration.state == folder.path + "/state")
        #expect(configuration.listen.address == "127.0.0.1")
        #expect(configuration.listen.port == 8440)
        #expect(configuration.listen.publicURL(boundTo: 9) == "http://127.0.0.1:9")
        #expect(configuration.listen.allowedHosts == [] && configuration.listen.allowedOrigins == [])
        #expect(
            configuration.authentication.builtIn
                == BuiltInIssuerSettings(defaultTTL: Seconds(900), maximumTTL: Seconds(43_200)))
        let issuer = configuration.authentication.issuers[0]
        #expect(issuer.keys == .file(folder.path + "/jwks.json"))
        #expect(issuer.refresh == Seconds(300) && issuer.maximumStaleness == Seconds(3600))
        #expect(issuer.maximumLifetime == Seconds(86_400) && issuer.audience == nil && issuer.roleClaim == nil)
        #expect(configuration.agents[0].subject == configuration.agents[0].id)
        #expect(configuration.upstreams[0].era == .auto && configuration.upstreams[0].timeout == Seconds(30))
        #expect(configuration.grants.defaultLifetime == .days(90) && configuration.grants.warnBefore == .days(14))
        #expect(configuration.approvals.ttl == Seconds(900))
        let audit = configuration.audit
        #expect(audit.segmentBytes == 64 << 20 && audit.spareSegments == 2 && audit.receipts)
        #expect(audit.heartbeat == Seconds(30) && audit.head == nil && audit.retention == .none)
        #expect(audit.witnesses == nil && audit.timestamps == nil)
        #expect(configuration.audit.sinks.isEmpty)
        #expect(audit.redactions.isEmpty && audit.outcomeOfReads == .beforeReply)
        #expect(configuration.upstreams.allSatisfy { $0.classes.isEmpty })
        #expect(
            configuration.limits
                == LimitSettings(
                    requestBytes: 4 << 20, responseBytes: 16 << 20, headerBytes: 16 << 10, concurrentCalls: 1024,
                    connections: 1024, sessions: 10_000))
    }

    @Test("sinks are read, each with its address, and printed without their secrets")
    func sinks() throws {
        let sinks = """
            state: state
            audit:
              sinks:
                - {name: archive, kind: file, path: ./audit.jsonl}
                - name: siem
                  kind: splunk_hec
                  url: https://splunk.test:8088/services/collector/event
                  credential: {header: Authorization, prefix: "Splunk ", file: other.token}
                  encoding: ocsf
                  batch: {records: 7, bytes: 64KiB}
                  timeout: 3s
                  alert_after: 5m
                  identities: names
                - {name: rsyslog, kind: syslog, url: "tls://logs.test", certificate_authorities: ca.pem, encoding: cef}
                - {name: otel, kind: otlp, url: "http://127.0.0.1:4318/v1/logs"}
                - {name: search, kind: elastic_bulk, url: "https://es.test/i/_bulk"}
            """
        let configuration = try folder.load(Folder.standard.replacing("state: state", with: sinks))
        let printed = Dictionary(
            uniqueKeysWithValues: configuration.effectiveValues.filter { $0.key.contains("sinks") })
        let standard = "batch 500 records or 1MiB, alert_after 1m, identities pseudonyms"
        let network = "certificate_authorities of the system, timeout 10s"
        #expect(
            printed == [
                "audit.sinks.archive": "kind file, path \(folder.path)/audit.jsonl, encoding json, \(standard)",
                "audit.sinks.siem": """
                kind splunk_hec, url https://splunk.test:8088/services/collector/event, credential in Authorization, \
                certificate_authorities of the system, timeout 3s, encoding ocsf, batch 7 records or 64KiB, alert_after 5m, \
                identities names
                """,
                "audit.sinks.rsyslog": """
                kind syslog, host logs.test, port 6514, certificate_authorities \(folder.path)/ca.pem, timeout 10s, \
                encoding cef, \(standard)
                """,
                "audit.sinks.otel":
                    "kind otlp, url http://127.0.0.1:4318/v1/logs, credential none, \(network), encoding json, \(standard)",
                "audit.sinks.search":
                    "kind elastic_bulk, url https://es.test/i/_bulk, credential none, \(network), encoding json, \(standard)",
            ])
    }

    @Test("every key is read")
    func everyKey() throws {
        let yaml = Folder.standard.replacing(
            "authentication:\n  built_in: {}",
            with: """
                listen:
                  address: 0.0.0.0
                  port: 0
                  public_url: https://gw.test:8443/
                  tls: {certificate: cert.pem, key: key.pem}
                  allowed_hosts: [gw.internal, "gw.internal:8443"]
                  allowed_origins: [https://console.test]
                audit:
                  segment_size: 1MiB
                  spare_segments: 3
                  heartbeat: 10s
                  retention: {shard: quarter, keep: 400d}
                  head: /mnt/head
                  receipts: false
                  outcome_of_reads: next_batch
                  redact:
                    - upstream: erp
                      tool: issue_payment
                      arguments: [/iban, "/lines/*/note"]
                      results: [/structuredContent]
                limits: {request_bytes: 1MiB, response_bytes: 2MiB, header_bytes: 8KiB, concurrent_calls: 2,
                  connections: 3, sessions: 4}
                authentication:
                  built_in: {default_ttl: 5m, maximum_ttl: 1h}
                """
        ).replacing(
            "tools:\n      issue_payment:",
            with:
                "tools:\n      list_vendors: {class: read}\n      issue_payment:\n        class: high_risk\n        search: [/vendor_id, /lines/0/text]"
        ).replacing(
            "algorithms: [ES256]",
            with: """
                algorithms: [ES256, EdDSA, RS256]
                      audience: https://gw.test/mcp
                      role_claim: agent_role
                      refresh: 1m
                      maximum_staleness: 2h
                      maximum_lifetime: 1h
                """
        ).replacing("role: finance_executor,", with: "role: finance_executor, subject: fin-7,")
            .replacing(
                "command: [martlet, demo, erp]",
                with: "command: [martlet, demo, erp]\n    era: 2025-11-25\n    timeout: 5s"
            )
            .replacing("files: [grants.json]", with: "files: [grants.json]\n  default_lifetime: 30d\n  warn_before: 7d")
            .replacing("approvals:", with: "approvals:\n  ttl: 30m").replacing(
                "id: olivia,", with: "id: olivia, subject: o@test,")
        let configuration = try folder.load(yaml)
        #expect(configuration.listen.port == 0 && configuration.listen.address == "0.0.0.0")
        #expect(configuration.listen.publicURL(boundTo: 1) == "https://gw.test:8443")
        #expect(configuration.listen.tls?.key == folder.path + "/key.pem")
        #expect(configuration.listen.allowedHosts == ["gw.internal", "gw.internal:8443"])
        #expect(configuration.listen.allowedOrigins == ["https://console.test"])
        let audit = configuration.audit
        #expect(audit.segmentBytes == 1 << 20 && audit.spareSegments == 3 && !audit.receipts)
        #expect(audit.heartbeat == Seconds(10) && audit.head == "/mnt/head")
        #expect(audit.retention == RetentionSettings(period: .quarter, keep: Seconds(400 * 86_400)))
        #expect(audit.witnesses == nil && audit.timestamps == nil)
        let rule = RedactionRule(
            upstream: try #require(UpstreamID("erp")), tool: ToolName("issue_payment"),
            arguments: ["/iban", "/lines/*/note"].compactMap(RedactionPath.init),
            results: ["/structuredContent"].compactMap(RedactionPath.init))
        #expect(audit.redactions == [rule] && audit.outcomeOfReads == .nextBatch)
        let classes: [String: ToolClass] = ["list_vendors": .read, "issue_payment": .highRisk]
        #expect(
            Dictionary(uniqueKeysWithValues: configuration.upstreams[0].classes.map { ($0.key.rawValue, $0.value) })
                == classes)
        let (erp, payment) = (try #require(UpstreamID("erp")), try #require(ToolName("issue_payment")))
        let searched = SearchedArguments([
            erp: [payment: ["/vendor_id", "/lines/0/text"].compactMap(SearchedPath.init)]
        ])
        #expect(configuration.searched == searched)
        #expect(
            configuration.effectiveValues.contains {
                $0.value.contains("search issue_payment /vendor_id /lines/0/text")
            })
        #expect(
            configuration.limits
                == LimitSettings(
                    requestBytes: 1 << 20, responseBytes: 2 << 20, headerBytes: 8 << 10, concurrentCalls: 2,
                    connections: 3, sessions: 4))
        #expect(configuration.authentication.builtIn?.defaultTTL == Seconds(300))
        let issuer = configuration.authentication.issuers[0]
        #expect(issuer.algorithms == ["ES256", "EdDSA", "RS256"] && issuer.audience == "https://gw.test/mcp")
        #expect(issuer.roleClaim == "agent_role" && issuer.refresh == Seconds(60))
        #expect(issuer.maximumStaleness == Seconds(7200) && issuer.maximumLifetime == Seconds(3600))
        #expect(configuration.agents[0].subject.rawValue == "fin-7")
        #expect(configuration.upstreams[0].era == .legacy && configuration.upstreams[0].timeout == Seconds(5))
        #expect(configuration.grants.defaultLifetime == .days(30) && configuration.grants.warnBefore == .days(7))
        #expect(configuration.approvals.ttl == Seconds(1800))
        #expect(configuration.approvals.approvers[0].subject.rawValue == "o@test")
    }

    @Test("secrets come from files and variables, lose one newline, and do not print")
    func secrets() throws {
        let configuration = try folder.load(Folder.standard)
        guard case .command(let command, let variables, let limits) = configuration.upstreams[0].transport,
            case .url(let url, let credential?) = configuration.upstreams[1].transport
        else {
            Issue.record("transports")
            return
        }
        #expect(command == ["martlet", "demo", "erp"])
        #expect(variables.map(\.name) == ["ERP_TOKEN"])
        #expect(limits == .init(descriptors: 1024, memoryBytes: 2 << 30))
        #expect(variables[0].value.reveal() == Array("erp-secret".utf8))
        #expect(url.text == "https://crm.test/mcp")
        #expect(credential.header == "Authorization" && credential.prefix == "Bearer ")
        #expect(credential.value.reveal() == Array("crm-secret".utf8))
        #expect(!"\(configuration)".contains("secret\""))
        #expect(!String(reflecting: configuration).contains("crm-secret"))
    }

    @Test("an upstream may have its own authorities, and a child may be kept out of the log")
    func upstreamKeys() throws {
        let configuration = try folder.load(
            Folder.standard
                .replacing(
                    "url: https://crm.test/mcp",
                    with: "url: https://crm.test/mcp\n    certificate_authorities: ca.pem"
                )
                .replacing("command: [martlet, demo, erp]", with: "command: [martlet, demo, erp]\n    stderr: drop"))
        let (erp, crm) = (configuration.upstreams[0], configuration.upstreams[1])
        #expect(erp.standardError == .drop && erp.certificateAuthorities == nil)
        #expect(crm.standardError == .log && crm.certificateAuthorities == folder.path + "/ca.pem")
        let standard = try folder.load(Folder.standard).upstreams
        #expect(standard.allSatisfy { $0.standardError == .log && $0.certificateAuthorities == nil })
    }

    @Test("the effective values name every default and no secret")
    func effective() throws {
        let values = try folder.load(Folder.standard).effectiveValues
        let texts = Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) })
        #expect(texts["listen.public_url"] == "http://127.0.0.1:8440")
        #expect(texts["limits.request_bytes"] == "4MiB")
        #expect(texts["grants.default_lifetime"] == "90d")
        #expect(
            texts["upstreams.crm"]
                == "url https://crm.test/mcp, credential in Authorization, certificate_authorities of the system, "
                + "era auto, timeout 30s")
        #expect(texts["upstreams.erp"]?.contains(", stderr log, era auto") == true)
        #expect(!values.contains { $0.value.contains("secret") })
    }

    @Test("the grants compile under the configuration, with the bindings of the tool")
    func grants() throws {
        let compiled = try folder.load(Folder.standard).grants.compile(listed: [:], firstSeen: [:], now: Folder.now)
        #expect(compiled.problems == [])
        #expect(compiled.newlySeen.count == 1)
        #expect(compiled.grants[0].constraints.map(\.path.description) == ["/vendor_id", "/amount"])
        #expect(compiled.grants[0].approval?.approvers.map(\.rawValue) == ["olivia"])
    }

    @Test("the example of the pilot loads")
    func example() throws {
        let example = URLs.root + "Examples/1-pilot/"
        let configuration = try GatewayConfiguration.load(
            path: example + "martlet.yaml", environment: [:], now: Folder.now)
        let compiled = configuration.grants.compile(listed: [:], firstSeen: [:], now: Folder.now)
        #expect(compiled.problems == [] && compiled.pending.isEmpty)
        #expect(compiled.grants.contains { $0.approval != nil })
        #expect(configuration.agents.count == 3 && configuration.approvals.approvers.count == 1)
    }

    @Test(
        "a role that only tokens name may be granted where an issuer says roles",
        arguments: [(false, 1), (true, 0)])
    func claimedRoles(hasClaim: Bool, problems: Int) throws {
        try folder.write("grants.json", Folder.grants.replacing("finance_executor", with: "auditor"))
        let yaml =
            hasClaim
            ? Folder.standard.replacing("algorithms: [ES256]", with: "algorithms: [ES256]\n      role_claim: r")
            : Folder.standard
        #expect(folder.problems(yaml).count == problems)
    }
}

enum URLs {
    /// The root of the checkout.
    static let root =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/"
}

@Suite("URLs")
struct HTTPURLTests {
    @Test(
        "an absolute URL without surprises is read and written again",
        arguments: [
            ("https://a.test", "https://a.test"), ("http://A.Test:80/", "http://a.test:80"),
            ("https://a.test/x/y/", "https://a.test/x/y"), ("http://[::1]:9/x", "http://[::1]:9/x"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"), ("ftp://a.test", nil), ("a.test", nil), ("https://", nil),
            ("https://u@a.test", nil), ("https://u:p@a.test", nil), ("https://a.test?x", nil),
            ("https://a.test/#x", nil),
            ("https://a.test:0", nil), ("https://a.test:65536", nil), ("https://a.test:+1", nil),
            ("https://a.test:", nil),
            ("https://a b", nil), ("https://*.test", nil), ("https://a.test/*", nil), ("https://[::1", nil),
            ("https://[1.2.3.4]", nil), ("https://a:1:2", nil), ("https://a\\b", nil), ("HTTPS://a.test", nil),
            ("https://ä.test", nil), ("https://a.test/\r\nX: y", nil),
        ])
    func reads(text: String, expected: String?) { #expect(HTTPURL(text)?.text == expected) }

    @Test(
        "loopback is what the address says, not what a name resolves to",
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("localhost", true), ("0.0.0.0", false),
            ("::", false), ("128.0.0.1", false), ("::ffff:127.0.0.1", false), ("localhost.test", false),
            ("127.1", false),
            ("10.0.0.1", false), ("", false),
        ])
    func loopback(host: String, expected: Bool) { #expect(HTTPURL.isLoopback(host) == expected) }
}
