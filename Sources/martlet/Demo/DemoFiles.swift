import Glibc

/// The configuration and grants of the demo, written into its directory so that they can be read and changed.
struct DemoFiles {
    let directory: String
    var configuration: String { directory + "/martlet.yaml" }

    func token(of name: String) -> String { "\(directory)/\(name).token" }

    func write(port: Int) throws {
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw StartFailure("cannot make \(directory): \(String(cString: strerror(errno)))")
        }
        try write(yaml(port: port), to: configuration)
        try write(Self.grants, to: directory + "/grants.json")
        try write(
            directory.hasPrefix("/") ? directory + "/ledger" : workingDirectory + "/\(directory)/ledger",
            to: directory + "/ledger.path")
    }

    func write(_ text: String, to path: String) throws {
        guard WholeFile.write(Array(text.utf8), to: path) else {
            throw StartFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    private var workingDirectory: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard getcwd(&path, path.count) != nil else { return "." }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// This very program: the demo must not depend on `PATH`.
    private var program: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard readlink("/proc/self/exe", &path, path.count - 1) > 0 else { return "martlet" }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func yaml(port: Int) -> String {
        """
        # The demo of `make run`: a pilot on loopback. Change it and start again; `martlet check` explains mistakes.
        version: 1
        environment: demo
        posture: pilot
        state: state
        listen: {address: 127.0.0.1, port: \(port)}
        authentication:
          built_in: {default_ttl: 2h, maximum_ttl: 12h}
        agents:
          - {id: research-bot, role: research_reader, issuer: built_in}
          - {id: finance-bot, role: finance_executor, issuer: built_in}
          - {id: ops-bot, role: operations, issuer: built_in}
        upstreams:
          - name: erp
            command: ["\(program)", demo, erp]
            environment_variables: {ERP_LEDGER: {file: ledger.path}}
            tools:
              # Said once per tool: which argument is the amount, the currency, the vendor.
              issue_payment:
                bindings: {amount: /amount, currency: /currency, vendor: /vendor_id}
        grants:
          default_lifetime: 90d
          files: [grants.json]
          lists:
            vendor_whitelist: {binding: vendor, values: [V-100, V-200]}
        approvals:
          ttl: 15m
          approvers:
            - {id: olivia, roles: [finance_approver], issuer: built_in}
        audit: {segment_size: 16MiB, spare_segments: 1}

        """
    }

    private static let grants = """
        [
          {
            "agent_role": "finance_executor",
            "tool": "issue_payment",
            "scope": ["vendor_whitelist", "max_amount_1000_eur"],
            "requires_approval": true
          },
          {"agent_role": "finance_executor", "upstream": "erp", "tool": "list_invoices",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "finance_executor", "upstream": "erp", "tool": "get_invoice",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "research_reader", "upstream": "erp", "tool": "list_invoices",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "research_reader", "upstream": "erp", "tool": "list_vendors",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "operations", "upstream": "erp", "tool": "update_vendor",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "operations", "upstream": "erp", "tool": "slow_report",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"},
          {"agent_role": "operations", "upstream": "erp", "tool": "failing_export",
           "scope": [], "requires_approval": false, "expires": "2030-01-01T00:00:00Z", "owner": "olivia"}
        ]

        """
}
