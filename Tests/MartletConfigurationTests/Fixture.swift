import Foundation
import MartletCore
import MartletPolicy
import Testing

@testable import MartletConfiguration

/// A folder with a complete configuration and every file it names, removed at the end of the test.
final class Folder {
    let path: String
    /// 2026-11-22T12:00:00Z
    static let now = UnixTime(seconds: 1_795_348_800)

    static let standard = """
        version: 1
        environment: demo
        posture: pilot
        state: state
        authentication:
          built_in: {}
          issuers:
            - issuer: https://issuer.test
              jwks_file: jwks.json
              algorithms: [ES256]
        agents:
          - {id: finance-bot, role: finance_executor, issuer: built_in}
        upstreams:
          - name: erp
            command: [martlet, demo, erp]
            environment_variables: {ERP_TOKEN: {file: erp.token}}
            tools:
              issue_payment:
                bindings: {amount: /amount, currency: /currency, vendor: /vendor_id}
          - name: crm
            url: https://crm.test/mcp
            credential: {header: Authorization, prefix: "Bearer ", env: CRM_TOKEN}
        grants:
          files: [grants.json]
          lists:
            vendor_whitelist: {binding: vendor, values: [V-100, V-200]}
        approvals:
          approvers: [{id: olivia, roles: [finance_approver], issuer: built_in}]

        """

    static let grants = """
        {"agent_role": "finance_executor", "tool": "issue_payment",
         "scope": ["vendor_whitelist", "max_amount_1000_eur"], "requires_approval": true}
        """

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/martlet-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try write("grants.json", Self.grants)
        try write("jwks.json", #"{"keys": []}"#)
        try write("erp.token", "erp-secret\n", mode: 0o600)
        try write("other.token", "other-secret", mode: 0o600)
        try write("open.token", "open-secret", mode: 0o640)
        try write("empty.token", "", mode: 0o600)
        try write("lines.token", "one\ntwo\n", mode: 0o600)
        try write("cert.pem", "certificate")
        try write("key.pem", "key", mode: 0o600)
        let block = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n"
        try write("ca.pem", block + block)
        try write("half.pem", block + "-----BEGIN CERTIFICATE-----\nMIIB\n")
        try write("both.pem", block + "-----BEGIN EC PRIVATE KEY-----\nMIIB\n-----END EC PRIVATE KEY-----\n")
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        try write(name, bytes: Array(text.utf8), mode: mode)
    }

    private func write(_ name: String, bytes: [UInt8], mode: Int) throws {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    func load(_ yaml: String) throws(ConfigurationErrors) -> GatewayConfiguration {
        try load(bytes: Array(yaml.utf8))
    }

    private func load(bytes: [UInt8]) throws(ConfigurationErrors) -> GatewayConfiguration {
        do { try write("martlet.yaml", bytes: bytes, mode: 0o644) } catch { Issue.record(error) }
        return try GatewayConfiguration.load(
            path: path + "/martlet.yaml", environment: ["CRM_TOKEN": "crm-secret", "EMPTY": ""], now: Self.now)
    }

    /// One line for each problem, without the folder.
    func problems(_ yaml: String) -> [String] { problems(bytes: Array(yaml.utf8)) }

    func problems(bytes: [UInt8]) -> [String] {
        do {
            _ = try load(bytes: bytes)
            return []
        } catch {
            return error.problems.map { $0.description.replacingOccurrences(of: path + "/", with: "") }
        }
    }
}
