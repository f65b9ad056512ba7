import Testing

/// The standard configuration with one change each, and the lines an operator reads.
enum BadConfigurations {
    struct Case: CustomTestStringConvertible, Sendable {
        let old: String
        let new: String
        let expected: [String]
        init(_ old: String, _ new: String, _ expected: String...) {
            self.old = old
            self.new = new
            self.expected = expected
        }
        var testDescription: String { new }
    }

    static let cases: [Case] = [
        // Keys
        Case(
            "upstreams:", "upstrem:",
            #"martlet.yaml:1: "martlet.yaml" without "upstreams"; add at least one MCP server"#,
            #"martlet.yaml:13: unknown key "upstrem"; did you mean "upstreams"?"#),
        Case(
            "  files: [grants.json]", "  file: [grants.json]",
            #"martlet.yaml:24: unknown key "file"; did you mean "files"?"#),
        Case(
            "- name: erp", "- name: erp\n    tool: {}", #"martlet.yaml:15: unknown key "tool"; did you mean "tools"?"#),
        Case("id: olivia,", "id: olivia, role: x,", #"martlet.yaml:28: unknown key "role"; did you mean "roles"?"#),
        Case(
            "bindings: {amount", "binding: {amount",
            #"martlet.yaml:19: unknown key "binding"; did you mean "bindings"?"#),
        Case(
            "posture: pilot", "posture: pilot\nalerts: {}",
            #"martlet.yaml:4: "alerts" is not part of this release; remove it; it would not be enforced"#),
        Case(
            "posture: pilot", "posture: pilot\npolicies: {}",
            #"martlet.yaml:4: "policies" is not a list; write [a, b], or one line "- …" for each"#),
        Case("state: state", "state: state\nstate: other", #"martlet.yaml:4: duplicate key "state"; keep one of them"#),
        Case(
            "- {id: finance-bot, ", "- {id: finance-bot, id: x, ",
            #"martlet.yaml:12: duplicate key "id"; keep one of them"#),
        Case(
            "- name: crm", "- name: c__rm",
            #"martlet.yaml:20: upstream "c__rm" has "__" or ends with "_"; write - or . in its place"#),
        Case(
            "- name: crm", "- name: crm_",
            #"martlet.yaml:20: upstream "crm_" has "__" or ends with "_"; write - or . in its place"#),
        // YAML
        Case(
            "state: state", "state: [",
            #"martlet.yaml:6: not valid YAML: did not find expected ',' or ']'; correct the file"#),
        Case("state: state", "state: &a state", "martlet.yaml:4: anchor; write the value again where it is used"),
        Case(
            "approvals:", "---\napprovals:",
            #"martlet.yaml:27: not valid YAML: but found another document; correct the file"#),
        // Version, environment, posture, state
        Case("version: 1\n", "", #"martlet.yaml:1: "martlet.yaml" without "version"; add version: 1"#),
        Case("version: 1", "version: 2", "martlet.yaml:1: unknown version; this release reads version: 1"),
        Case("version: 1", "version: \"1\"", "martlet.yaml:1: unknown version; this release reads version: 1"),
        Case(
            "environment: demo", "environment: \"*\"",
            #"martlet.yaml:2: wildcard "*" in "environment"; name exactly one"#),
        Case(
            "environment: demo\n", "", #"martlet.yaml:1: "martlet.yaml" without "environment"; add environment: <name>"#
        ),
        Case(
            "posture: pilot", "posture: hardened",
            #"martlet.yaml:3: posture "hardened" needs what this release does not have: approval routing, alerting; write posture: pilot"#
        ),
        Case(
            "posture: pilot", "posture: governed",
            #"martlet.yaml:3: posture "governed" needs what this release does not have: approval routing, alerting, periodic access review, compliance reports; write posture: pilot"#
        ),
        Case("posture: pilot", "posture: pilto", #"martlet.yaml:3: unknown posture "pilto"; did you mean "pilot"?"#),
        Case("posture: pilot\n", "", #"martlet.yaml:1: "martlet.yaml" without "posture"; add posture: pilot"#),
        Case("state: state", "state: ~", #"martlet.yaml:4: "state" is not a text; write one value"#),
        Case(
            "state: state", "state: grants.json",
            #"martlet.yaml:4: state "grants.json" is no directory; name a directory; it is made when missing"#),
        // Listener
        Case(
            "state: state", "state: state\nlisten: {address: 0.0.0.0}",
            "martlet.yaml:5: plain HTTP beyond loopback (0.0.0.0); add tls: {certificate: …, key: …}, or listen on 127.0.0.1"
        ),
        Case(
            "state: state", "state: state\nlisten:\n  address: \"::\"",
            "martlet.yaml:6: plain HTTP beyond loopback (::); add tls: {certificate: …, key: …}, or listen on 127.0.0.1"
        ),
        Case(
            "state: state", "state: state\nlisten: {address: gw.test}",
            #"martlet.yaml:5: "gw.test" is no IP address; write for example 127.0.0.1 or ::1"#),
        Case(
            "state: state", "state: state\nlisten: {port: 65536}",
            #"martlet.yaml:5: "port" is no whole number from 0 to 65535; write for example 8440"#),
        Case(
            "state: state", "state: state\nlisten: {port: -1}",
            #"martlet.yaml:5: "port" is no whole number from 0 to 65535; write for example 8440"#),
        Case(
            "state: state", "state: state\nlisten: {port: 0x10}",
            #"martlet.yaml:5: "port" is no whole number from 0 to 65535; write for example 8440"#),
        Case(
            "state: state", "state: state\nlisten: 8440",
            #"martlet.yaml:5: "listen" is not a mapping of keys; write keys and values below it"#),
        Case(
            "state: state", "state: state\nlisten:",
            #"martlet.yaml:5: "listen" is not a mapping of keys; remove it, or write keys below it"#),
        Case(
            "state: state", "state: state\nlisten: {public_url: http://gw.test}",
            #"martlet.yaml:5: plain HTTP beyond loopback in "public_url" (gw.test); use https://"#),
        Case(
            "state: state", "state: state\nlisten: {public_url: \"https://gw.test?a\"}",
            #"martlet.yaml:5: "public_url" is no URL of this kind; write https://host[:port][/path] without user, query and fragment"#
        ),
        Case(
            "state: state", "state: state\nlisten: {allowed_hosts: [\"*\"]}",
            #"martlet.yaml:5: "*" is no host; write a host, or host:port, without wildcards"#),
        Case(
            "state: state", "state: state\nlisten: {allowed_origins: [\"*\"]}",
            #"martlet.yaml:5: "*" is no origin; write for example https://app.example.com"#),
        Case(
            "state: state", "state: state\nlisten: {allowed_origins: [\"null\"]}",
            #"martlet.yaml:5: "null" is no origin; write for example https://app.example.com"#),
        Case(
            "state: state", "state: state\nlisten: {allowed_origins: https://a.test}",
            #"martlet.yaml:5: "allowed_origins" is not a list; write [a, b], or one line "- …" for each"#),
        Case(
            "state: state", "state: state\nlisten: {tls: {certificate: cert.pem, key: none.pem}}",
            #"martlet.yaml:5: key "none.pem" does not exist; create it, or correct the path (relative to the configuration file)"#
        ),
        Case(
            "state: state", "state: state\nlisten: {tls: {certificate: cert.pem, key: cert.pem}}",
            #"martlet.yaml:5: key "cert.pem" is readable by others (mode 644); chmod 600 and make it your own"#),
        Case(
            "state: state", "state: state\nlisten: {tls: {key: key.pem}}",
            #"martlet.yaml:5: "tls" without "certificate"; add certificate: <file>"#),
        // Authentication
        Case(
            "algorithms: [ES256]", "algorithms: [none]",
            #"martlet.yaml:10: algorithm "none" is not accepted; use one of: ES256, EdDSA, RS256"#),
        Case(
            "algorithms: [ES256]", "algorithms: [HS256]",
            #"martlet.yaml:10: algorithm "HS256" is not accepted; use one of: ES256, EdDSA, RS256"#),
        Case(
            "algorithms: [ES256]", "algorithms: []",
            "martlet.yaml:10: an empty list of algorithms; use one of: ES256, EdDSA, RS256"),
        Case(
            "      algorithms: [ES256]\n", "",
            #"martlet.yaml:8: "issuers" without "algorithms"; add algorithms: [ES256]"#),
        Case(
            "jwks_file: jwks.json", "jwks_file: gone.json",
            #"martlet.yaml:9: jwks_file "gone.json" does not exist; create it, or correct the path (relative to the configuration file)"#
        ),
        Case(
            "jwks_file: jwks.json", "jwks_url: http://issuer.test/jwks",
            #"martlet.yaml:9: plain HTTP beyond loopback in "jwks_url" (issuer.test); use https://"#),
        Case(
            "      jwks_file: jwks.json\n", "",
            "martlet.yaml:8: an issuer without keys; write either jwks_file: <file> or jwks_url: https://…"),
        Case(
            "jwks_file: jwks.json", "jwks_file: jwks.json\n      jwks_url: https://a.test",
            #"martlet.yaml:8: both "jwks_file" and "jwks_url"; write either jwks_file: <file> or jwks_url: https://…"#),
        Case(
            "issuer: https://issuer.test", "issuer: http://issuer.test",
            #"martlet.yaml:8: "http://issuer.test" is no issuer; write https://…, exactly as its tokens say it"#),
        Case(
            "built_in: {}", "built_in: {maximum_ttl: 25h}",
            #"martlet.yaml:6: "maximum_ttl" is no duration from 1m to 1d; write for example 12h"#),
        Case(
            "built_in: {}", "built_in: {maximum_ttl: 10m, default_ttl: 11m}",
            #"martlet.yaml:6: "default_ttl" is no duration from 1m to 10m; write for example 10m"#),
        Case(
            "built_in: {}", "built_in: {default_ttl: 900}",
            #"martlet.yaml:6: "default_ttl" is no duration from 1m to 12h; write for example 15m"#),
        Case(
            "algorithms: [ES256]", "algorithms: [ES256]\n      refresh: 2h\n      maximum_staleness: 1h",
            #"martlet.yaml:12: "maximum_staleness" is no duration from 2h to 7d; write for example 2h"#),
        Case(
            "algorithms: [ES256]",
            "algorithms: [ES256]\n    - {issuer: https://issuer.test, jwks_file: jwks.json, algorithms: [ES256]}",
            #"martlet.yaml:11: issuer "https://issuer.test" twice; keep one"#),
        // Agents
        Case("role: finance_executor,", "role: \"*\",", #"martlet.yaml:12: wildcard "*" in "role"; name exactly one"#),
        Case(
            "role: finance_executor, issuer: built_in}", "role: finance_executor, issuer: https://issuer.tst}",
            #"martlet.yaml:12: unknown issuer "https://issuer.tst"; did you mean "https://issuer.test"?"#),
        Case(
            "role: finance_executor, issuer: built_in}", "role: finance_executor}",
            #"martlet.yaml:12: "agents" without "issuer"; add issuer: built_in, or the URL of an issuer"#),
        Case(
            "agents:\n", "agents:\n  - {id: a, role: r, issuer: built_in, subject: finance-bot}\n",
            #"martlet.yaml:13: agents "a" and "finance-bot" have one credential; register a subject of its own for each agent"#
        ),
        Case(
            "agents:\n", "agents:\n  - {id: finance-bot, role: r, issuer: https://issuer.test}\n",
            #"martlet.yaml:13: agent "finance-bot" twice; give each agent its own id"#),
        Case(
            "agents:\n", "agents:\n  - finance-bot\n",
            #"martlet.yaml:12: "agents" is not a mapping of keys; write keys and values below it"#),
        // Upstreams
        Case("name: crm", "name: erp", #"martlet.yaml:20: upstream "erp" twice; give each its own name"#),
        Case("name: crm", "name: \"*\"", #"martlet.yaml:20: wildcard "*" in "name"; name exactly one"#),
        Case(
            "url: https://crm.test/mcp", "url: http://crm.test/mcp",
            #"martlet.yaml:21: plain HTTP beyond loopback in "url" (crm.test); use https://"#),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    command: [x]",
            #"martlet.yaml:20: an upstream with both "command" and "url"; write either command: [program, argument] or url: https://…"#
        ),
        Case(
            "    url: https://crm.test/mcp\n", "",
            #"martlet.yaml:20: an upstream without an address; write either command: [program, argument] or url: https://…"#
        ),
        Case(
            "command: [martlet, demo, erp]", "command: []",
            "martlet.yaml:15: an empty command; write [program, argument, …]"),
        Case(
            "command: [martlet, demo, erp]", "command: martlet demo erp",
            #"martlet.yaml:15: "command" is not a list; write [a, b], or one line "- …" for each"#),
        Case(
            "command: [martlet, demo, erp]", "command: [./gone]",
            #"martlet.yaml:15: "./gone" cannot be started; correct the path, or chmod +x"#),
        Case(
            "command: [martlet, demo, erp]", "command: [martlet]\n    credential: {header: X, env: CRM_TOKEN}",
            #"martlet.yaml:16: "credential" does not belong to this kind of upstream; pass it in environment_variables"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    era: legacy",
            #"martlet.yaml:22: unknown era "legacy"; use one of: auto, 2026-07-28, 2025-11-25"#),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    timeout: 301s",
            #"martlet.yaml:22: "timeout" is no duration from 1s to 5m; write for example 30s"#),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    timeout: 0s",
            #"martlet.yaml:22: "timeout" is no duration from 1s to 5m; write for example 30s"#),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    certificate_authorities: cert.pem",
            #"martlet.yaml:22: certificate_authorities "cert.pem" holds no certificate in PEM form, or a damaged one; put the certificates of the authorities there: -----BEGIN CERTIFICATE----- …"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    certificate_authorities: half.pem",
            #"martlet.yaml:22: certificate_authorities "half.pem" holds no certificate in PEM form, or a damaged one; put the certificates of the authorities there: -----BEGIN CERTIFICATE----- …"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    certificate_authorities: both.pem",
            #"martlet.yaml:22: certificate_authorities "both.pem" holds a private key; put only the certificates of the authorities there"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    certificate_authorities: gone.pem",
            #"martlet.yaml:22: certificate_authorities "gone.pem" does not exist; create it, or correct the path (relative to the configuration file)"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: http://127.0.0.1/mcp\n    certificate_authorities: ca.pem",
            #"martlet.yaml:22: "certificate_authorities" of an upstream without TLS; write an https:// url, or remove it"#
        ),
        Case(
            "command: [martlet, demo, erp]", "command: [martlet]\n    certificate_authorities: ca.pem",
            #"martlet.yaml:16: "certificate_authorities" does not belong to this kind of upstream; a command has no TLS; remove it"#
        ),
        Case(
            "url: https://crm.test/mcp", "url: https://crm.test/mcp\n    stderr: log",
            #"martlet.yaml:22: "stderr" does not belong to this kind of upstream; a url has no process; remove it"#),
        Case(
            "command: [martlet, demo, erp]", "command: [martlet]\n    stderr: file",
            #"martlet.yaml:16: unknown stderr "file"; use one of: log, drop"#),
        Case("      issue_payment:", "      \"*\":", #"martlet.yaml:18: wildcard "*" in "tools"; name exactly one"#),
        Case(
            "amount: /amount", "amount: amount",
            #"martlet.yaml:19: binding "amount" is no path to an argument; write a JSON Pointer like /amount"#),
        // Secrets
        Case(
            "{ERP_TOKEN: {file: erp.token}}", "{ERP_TOKEN: erp-secret}",
            #"martlet.yaml:16: secret inline in "ERP_TOKEN"; write {file: <file>} or {env: <variable>}"#),
        Case(
            "env: CRM_TOKEN}", "value: crm-secret}",
            #"martlet.yaml:22: secret inline in "credential"; write file: <file> or env: <variable>"#),
        Case(
            "env: CRM_TOKEN}", "env: GONE}",
            #"martlet.yaml:22: environment variable "GONE" is not set; set it for the gateway, or use file:"#),
        Case(
            "env: CRM_TOKEN}", "env: EMPTY}",
            #"martlet.yaml:22: the secret of "credential" is empty or no single line of text; store the secret alone"#),
        Case(
            "env: CRM_TOKEN}", "env: CRM_TOKEN, file: other.token}",
            #"martlet.yaml:22: both "file" and "env" in "credential"; write either file: <file> or env: <variable>"#),
        Case(
            ", env: CRM_TOKEN}", "}",
            #"martlet.yaml:22: "credential" without a secret; write either file: <file> or env: <variable>"#),
        Case(
            "env: CRM_TOKEN}", "file: open.token}",
            #"martlet.yaml:22: secret file "open.token" is readable by others (mode 640); chmod 600 and make it your own"#
        ),
        Case(
            "env: CRM_TOKEN}", "file: gone.token}",
            #"martlet.yaml:22: secret file "gone.token" does not exist; create it, or correct the path (relative to the configuration file)"#
        ),
        Case("env: CRM_TOKEN}", "file: .}", #"martlet.yaml:22: secret file "." is no regular file; name a file"#),
        Case(
            "env: CRM_TOKEN}", "file: empty.token}",
            #"martlet.yaml:22: the secret of "credential" is empty or no single line of text; store the secret alone"#),
        Case(
            "env: CRM_TOKEN}", "file: lines.token}",
            #"martlet.yaml:22: the secret of "credential" is empty or no single line of text; store the secret alone"#),
        Case(
            "env: CRM_TOKEN}", "file: erp.token}",
            #"martlet.yaml:22: upstreams "erp" and "crm" have one credential; give each upstream its own, so that one can be revoked without the other"#
        ),
        Case(
            "header: Authorization", "header: Host",
            #"martlet.yaml:22: "Host" is no header for a credential; write for example Authorization"#),
        Case(
            "header: Authorization", "header: Mcp-Session-Id",
            #"martlet.yaml:22: "Mcp-Session-Id" is no header for a credential; write for example Authorization"#),
        Case(
            "header: Authorization, ", "", #"martlet.yaml:22: "credential" without "header"; add header: Authorization"#
        ),
        // Grants
        Case(
            "files: [grants.json]", "files: [gone.json]",
            #"martlet.yaml:24: grants file "gone.json" does not exist; create it, or correct the path (relative to the configuration file)"#
        ),
        Case(
            "files: [grants.json]", "files: [grants.json, ./grants.json, grants.json]",
            #"martlet.yaml:24: grants file "./grants.json" twice; keep one"#,
            #"martlet.yaml:24: grants file "grants.json" twice; keep one"#),
        Case(
            "files: [grants.json]", "files: [grants.json]\n  default_lifetime: 367d",
            #"martlet.yaml:25: "default_lifetime" is no duration from 1d to 366d; write for example 90d"#),
        Case(
            "files: [grants.json]", "files: [grants.json]\n  default_lifetime: 10d\n  warn_before: 11d",
            #"martlet.yaml:26: "warn_before" is no duration from 0s to 10d; write for example 10d"#),
        Case(
            "vendor_whitelist: {", "max_amount_list: {",
            #"martlet.yaml:26: "max_amount_list" cannot be the name of a list; max_amount_… is understood by form"#),
        Case(
            "values: [V-100, V-200]", "values: []",
            #"martlet.yaml:26: list "vendor_whitelist" without values; add values: [a, b]"#),
        Case(
            "values: [V-100, V-200]", "values: [V-100, \"V-*\"]",
            #"martlet.yaml:26: wildcard "V-*" in list "vendor_whitelist"; name each value"#),
        Case("binding: vendor, ", "", #"martlet.yaml:26: "vendor_whitelist" without "binding"; add binding: <name>"#),
        Case(
            "vendor_whitelist:", "vendor_list:",
            #"grants.json:2: unknown scope "vendor_whitelist"; known here: max_amount_1000_eur, vendor_list"#),
        Case(
            ", vendor: /vendor_id", "",
            #"grants.json:2: scope "vendor_whitelist" without a binding "vendor" of "issue_payment"; add vendor: /argument to its bindings under upstream erp in the configuration"#
        ),
        // Approvals
        Case(
            "approvals:", "approvals:\n  ttl: 30s",
            #"martlet.yaml:28: "ttl" is no duration from 1m to 7d; write for example 15m"#),
        Case(
            "id: olivia,", "id: finance-bot,",
            #"martlet.yaml:28: "finance-bot" is an agent and an approver; name a person who is no agent"#),
        Case(
            "approvers: [", "approvers: [{id: olivia, issuer: built_in}, ",
            #"martlet.yaml:28: approver "olivia" twice; keep one"#),
        Case(
            "  approvers: [{id: olivia, roles: [finance_approver], issuer: built_in}]", "  ttl: 15m",
            #"grants.json:2: nobody may approve for this grant; add people under approvals.approvers"#),
        // Audit and limits
        Case(
            "state: state", "state: state\naudit: {segment_size: 64}",
            #"martlet.yaml:5: "segment_size" is no size from 1MiB to 1GiB; write for example 64MiB"#),
        Case(
            "state: state", "state: state\naudit: {redact: [{upstream: erp, arguments: [ssn]}]}",
            #"martlet.yaml:5: "ssn" in "arguments" is no JSON Pointer; write for example /contacts/*/phone"#),
        Case(
            "state: state", "state: state\naudit: {redact: [{upstream: hr, arguments: [/ssn]}]}",
            #"martlet.yaml:5: no upstream "hr" in "redact"; name one of upstreams"#),
        Case(
            "state: state", "state: state\naudit: {redact: [{upstream: erp}]}",
            #"martlet.yaml:5: a rule of "redact" without paths; add arguments: [/path], results: [/path] or both"#),
        Case(
            "state: state", "state: state\naudit: {redact: [{upstream: erp, tool: \"*\", arguments: [/a]}]}",
            #"martlet.yaml:5: wildcard "*" in "tool"; name exactly one"#),
        Case(
            "state: state", "state: state\naudit: {payload_key: {}}",
            #"martlet.yaml:5: "payload_key" without "command"; add command: [program, argument, …]"#),
        Case(
            "state: state", "state: state\naudit: {payload_key: {command: [./nowhere]}}",
            #"martlet.yaml:5: "./nowhere" cannot be started; correct the path, or chmod +x"#),
        Case(
            "state: state", "state: state\naudit: {outcome_of_reads: never}",
            #"martlet.yaml:5: unknown outcome_of_reads "never"; use one of: before_reply, next_batch"#),
        Case(
            "state: state", "state: state\naudit: {outcome_of_reads: next_batch}",
            #"martlet.yaml:5: "outcome_of_reads" is for tools of class read, and there is none; write class: read under tools: of the upstream, or remove it"#
        ),
        Case(
            "issue_payment:", "issue_payment:\n        class: harmless",
            #"martlet.yaml:19: unknown class "harmless"; use one of: read, write, high_risk"#),
        Case(
            "issue_payment:", "issue_payment:\n        search: [vendor_id, \"/lines/*/iban\", /a, /a]",
            #"martlet.yaml:19: "vendor_id" in "search" is no place of one value; write a JSON Pointer like /vendor_id, without * and ="#,
            #"martlet.yaml:19: "/lines/*/iban" in "search" is no place of one value; write a JSON Pointer like /vendor_id, without * and ="#,
            #"martlet.yaml:19: "/a" twice in "search"; write it once"#),
        Case(
            "issue_payment:", "issue_payment:\n        search: [/1, /2, /3, /4, /5, /6, /7, /8, /9]",
            #"martlet.yaml:19: more than 8 places in "search"; keep those that investigations begin with"#),
        Case(
            "state: state", "state: state\naudit: {heartbeat: 0s}",
            #"martlet.yaml:5: "heartbeat" is no duration from 1s to 1h; write for example 30s"#),
        Case(
            "state: state", "state: state\naudit: {retention: {}}",
            #"martlet.yaml:5: "retention" without "shard" and "keep"; write for example {shard: year, keep: 400d}"#),
        Case(
            "state: state", "state: state\naudit: {retention: {shard: week}}",
            #"martlet.yaml:5: unknown shard "week"; use one of: month, quarter, year"#),
        Case(
            "state: state", "state: state\naudit: {retention: {keep: 29d}}",
            #"martlet.yaml:5: "keep" is no duration from 30d to 36500d; write for example 400d"#),
        Case(
            "state: state", "state: state\naudit: {spare_segments: 0}",
            #"martlet.yaml:5: "spare_segments" is no whole number from 1 to 16; write for example 2"#
        ),
        Case(
            "state: state", "state: state\naudit: {receipts: off}",
            #"martlet.yaml:5: "receipts" is neither true nor false; write for example true"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: fiel, path: x}]}",
            #"martlet.yaml:5: unknown kind "fiel"; did you mean "file"?"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: file}]}",
            #"martlet.yaml:5: "sinks" without "path"; add path: <file>"#),
        Case(
            "state: state",
            "state: state\naudit: {sinks: [{name: a, kind: otlp, path: x, url: http://192.0.2.1/v1/logs}]}",
            #"martlet.yaml:5: "path" does not belong to this kind of sink; write url: …"#,
            #"martlet.yaml:5: plain HTTP beyond loopback in "url" (192.0.2.1); use https://"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: syslog, url: tcp://h}]}",
            #"martlet.yaml:5: "tcp://h" is no address for syslog over TLS; write tls://host[:port]"#),
        Case(
            "state: state",
            "state: state\naudit: {sinks: [{name: a, kind: elastic_bulk, encoding: cef, url: https://h/i/_bulk}]}",
            #"martlet.yaml:5: "elastic_bulk" takes JSON, and cef is none; write encoding: json or ocsf"#),
        Case(
            "state: state",
            "state: state\naudit: {sinks: [{name: a, kind: splunk_hec, url: https://h/x, credential: {header: Authorization, token: t}}]}",
            #"martlet.yaml:5: secret inline in "credential"; write file: <file> or env: <variable>"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: A/b, kind: file, path: x}]}",
            #"martlet.yaml:5: "A/b" is no name for "name"; use letters, digits, _ . -"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: file, path: x, encodng: json}]}",
            #"martlet.yaml:5: unknown key "encodng"; did you mean "encoding"?"#),
        Case(
            "state: state",
            "state: state\naudit:\n  sinks:\n    - {name: a, kind: file, path: x}\n    - {name: a, kind: file, path: y}",
            #"martlet.yaml:8: sink "a" twice; give each its own name"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: file, path: x, alert_after: 4s}]}",
            #"martlet.yaml:5: "alert_after" is no duration from 5s to 7d; write for example 1m"#),
        Case(
            "state: state", "state: state\naudit: {sinks: [{name: a, kind: file, path: x, batch: {records: 0}}]}",
            #"martlet.yaml:5: "records" is no whole number from 1 to 10000; write for example 500"#),
        Case(
            "state: state", "state: state\nlimits: {sessions: 0}",
            #"martlet.yaml:5: "sessions" is no whole number from 1 to 1000000; write for example 10000"#),
    ]

    static let limits: [(String, [String], [String])] = [
        (
            "request_bytes", ["1KiB", "64MiB", "1024B"],
            ["1023B", "65MiB", "1024", "1KB", "-1KiB", "1.5MiB", "KiB", "[1KiB]", "~"]
        ),
        ("response_bytes", ["1KiB", "256MiB"], ["1023B", "257MiB"]),
        ("header_bytes", ["1KiB", "256KiB"], ["1023B", "257KiB"]),
        ("concurrent_calls", ["1", "100000"], ["0", "100001", "\"1\"", "1.0", "1e3", "+1", "true"]),
        ("connections", ["1", "100000"], ["0", "100001"]), ("sessions", ["1", "1000000"], ["0", "1000001"]),
        ("segment_size", ["1MiB", "1GiB"], ["1023KiB", "2GiB", "99999999999999GiB"]),
        ("spare_segments", ["1", "16"], ["0", "17"]),
    ]
}
