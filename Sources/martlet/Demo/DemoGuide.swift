import MartletJSON

/// What a newcomer reads after `make run`: every line can be pasted.
struct DemoGuide {
    let files: DemoFiles
    let running: RunningGateway

    var route: String { running.url + "/mcp/erp" }

    /// One token file for each agent and the approver, so that no token has to be copied by hand.
    func mintTokens() throws(CommandFailure) -> [String: String] {
        var tokens: [String: String] = [:]
        let client = AdminClient(socket: running.state.adminSocket)
        for agent in ["research-bot", "finance-bot", "ops-bot"] {
            tokens[agent] = try client.post("/tokens") { writer in
                writer.member("agent", string: agent)
                writer.member("upstream", string: "erp")
            }.member("token")?.string
        }
        tokens["olivia"] = try client.post("/tokens") { $0.member("approver", string: "olivia") }.member("token")?
            .string
        for (name, token) in tokens {
            guard WholeFile.write(Array(token.utf8), to: files.token(of: name)) else {
                throw .usage("cannot write \(files.token(of: name))")
            }
        }
        return tokens
    }

    func show(_ tokens: [String: String]) {
        Terminal.print(
            """
            martlet ready on \(running.url) (environment demo, posture pilot)

            Three agents: research-bot reads, finance-bot pays with approval, ops-bot runs operations. One approver: olivia.
            Their tokens are in \(files.directory)/*.token and end in two hours; a restart makes new ones.
            In a second terminal:

              FINANCE=$(cat \(files.token(of: "finance-bot")))
              RESEARCH=$(cat \(files.token(of: "research-bot")))

            1. A call, protocol 2026-07-28 (no session):

            \(Self.indented(modern("$RESEARCH", "list_invoices", "{}")))

            2. The same in the session era, 2025-11-25:

            \(Self.indented(legacy()))

            3. A refused call (the tool exists, and this agent must not know it):

            \(Self.indented(modern("$RESEARCH", "issue_payment", "{}")))

            4. A payment: it waits for approval, prints a ticket, and runs once when repeated after the approval:

            \(Self.indented(modern("$FINANCE", "issue_payment", Self.payment)))

              \(martlet) approvals list --config \(files.configuration)
              \(martlet) approvals approve TICKET --config \(files.configuration) --token-file \(files.token(of: "olivia"))

            5. What happened, and the proof that the log is whole:

              \(martlet) audit timeline --config \(files.configuration)
              \(martlet) audit verify --config \(files.configuration)

            6. All upstreams on one route, each tool as upstream__tool, with a token of its own:

              TOKEN=$(\(martlet) token issue --config \(files.configuration) --agent research-bot --route /mcp)
              curl -s \(running.url)/mcp -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
                -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list' \\
                -d '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\(Self.meta)}}'

            Clients:
              Claude Code   claude mcp add --transport http erp \(route) --header "Authorization: Bearer $FINANCE"
              VS Code       .vscode/mcp.json   {"servers": {"erp": {"type": "http", "url": "\(route)",
                              "headers": {"Authorization": "Bearer TOKEN"}}}}
              Cursor        ~/.cursor/mcp.json {"mcpServers": {"erp": {"url": "\(route)",
                              "headers": {"Authorization": "Bearer TOKEN"}}}}

            `\(martlet) demo --story` plays these steps by itself. Stop with Ctrl-C.
            """)
    }

    static let payment = #"{"invoice_id":"INV-1001","vendor_id":"V-100","amount":250.00,"currency":"EUR"}"#
    private var martlet: String { CommandLine.arguments.first ?? "martlet" }

    static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#

    private func modern(_ token: String, _ tool: String, _ arguments: String) -> String {
        """
        curl -s \(route) -H "Authorization: Bearer \(token)" -H 'Content-Type: application/json' \\
          -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: \(tool)' \\
          -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\(tool)","arguments":\(arguments),
               \(Self.meta)}}'
        """
    }

    private func legacy() -> String {
        """
        SESSION=$(curl -s -D - -o /dev/null \(route) -H "Authorization: Bearer $RESEARCH" \\
          -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":
          {"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}' \\
          | tr -d '\\r' | sed -n 's/^mcp-session-id: //p')
        curl -s \(route) -H "Authorization: Bearer $RESEARCH" -H 'Content-Type: application/json' \\
          -H 'MCP-Protocol-Version: 2025-11-25' -H "Mcp-Session-Id: $SESSION" \\
          -d '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_invoices","arguments":{}}}'
        """
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }
}
