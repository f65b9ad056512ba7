import MartletAudit
import MartletJSON
import MartletStorage

/// Plays the demo's steps through the real listener and shows request and answer of each.
struct DemoStory {
    let guide: DemoGuide
    let tokens: [String: String]

    func play() throws(CommandFailure) {
        Terminal.print("martlet demo story: a gateway on \(guide.running.url), an ERP behind it\n")
        try step("1. research-bot asks which tools it has (of eight, it sees two)") { () throws(CommandFailure) in
            try list("research-bot")
        }
        try step("2. research-bot reads invoices: permitted, recorded before and after") { () throws(CommandFailure) in
            try call("research-bot", "list_invoices", "{}")
        }
        try step("3. research-bot tries to pay: the tool does not exist for it") { () throws(CommandFailure) in
            try call("research-bot", "issue_payment", DemoGuide.payment)
        }
        try step("4. finance-bot pays 1000.01 EUR: one cent above its grant") { () throws(CommandFailure) in
            try call("finance-bot", "issue_payment", DemoGuide.payment.replacing("250.00", with: "1000.01"))
        }
        let pending = try step("5. finance-bot pays 250.00 EUR: a person must agree first") {
            () throws(CommandFailure) in
            try call("finance-bot", "issue_payment", DemoGuide.payment)
        }
        guard
            let ticket = pending.member("result")?.member("_meta")?["martlet.dev/authorization"]?.member("ticket")?
                .string
        else { throw .refused("the story expected a ticket here") }
        try step("6. olivia sees the exact call and approves it") { () throws(CommandFailure) in
            let client = AdminClient(socket: guide.running.state.adminSocket, token: tokens["olivia"])
            return try client.post("/approvals/\(ticket)/approve") { $0.member("comment", string: "invoice checked") }
        }
        try step("7. the identical call runs, once") { () throws(CommandFailure) in
            try call("finance-bot", "issue_payment", DemoGuide.payment)
        }
        try step("8. and not a second time: a new ticket") { () throws(CommandFailure) in
            try call("finance-bot", "issue_payment", DemoGuide.payment)
        }
        Terminal.print("9. the timeline of what just happened (martlet audit timeline)\n")
        showTimeline()
    }

    @discardableResult
    private func step(
        _ title: String, _ work: () throws(CommandFailure) -> JSONValue
    ) throws(CommandFailure) -> JSONValue {
        Terminal.print(title)
        let answer = try work()
        Terminal.print("   ← \(String(decoding: answer.serialized().prefix(600), as: UTF8.self))\n")
        return answer
    }

    private func list(_ agent: String) throws(CommandFailure) -> JSONValue {
        let answer = try send(
            agent, "tools/list", name: nil,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\#(DemoGuide.meta)}}"#)
        let names = answer.member("result")?.member("tools").map { Array($0.elements) }?.compactMap {
            $0.member("name")?.string
        }
        Terminal.print("   tools: \((names ?? []).joined(separator: ", "))")
        return answer
    }

    private func call(_ agent: String, _ tool: String, _ arguments: String) throws(CommandFailure) -> JSONValue {
        Terminal.print("   → \(agent) calls \(tool) \(arguments)")
        return try send(
            agent, "tools/call", name: tool,
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments),\#(DemoGuide.meta)}}"#
        )
    }

    private func send(
        _ agent: String, _ method: String, name: String?, _ body: String
    ) throws(CommandFailure) -> JSONValue {
        var headers = [
            ("authorization", "Bearer \(tokens[agent] ?? "")"), ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ]
        if let name { headers.append(("mcp-name", name)) }
        do {
            let port = Int(guide.running.url.split(separator: ":").last ?? "") ?? 0
            let answer = try LocalHTTP(address: .loopback(port: port)).send(
                "POST", "/mcp/erp", headers: headers, body: Array(body.utf8))
            return try JSONValue.parse(answer.body, limits: .response)
        } catch let failure as LocalHTTP.Failure {
            throw .refused("\(failure)")
        } catch {
            throw .refused("the gateway gave no JSON answer")
        }
    }

    private func showTimeline() {
        var timeline = Timeline()
        var payloads: [UInt64: [UInt8]] = [:]
        do {
            _ = try LogFiles(guide.running.state).read(key: nil) { record in
                timeline.take(record.leaf, at: record.index)
                payloads[record.index] = record.payload
            }
        } catch {
            Terminal.error("the log cannot be read: \(error)")
        }
        let values = SealedValues(keys: ReadersKeys(guide.running.state).keys(timeline.erasures)) { payloads[$0] }
        for item in timeline.items() {
            guard case .call = item else { continue }
            Terminal.print(TimelineText(values).text(item))
        }
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
