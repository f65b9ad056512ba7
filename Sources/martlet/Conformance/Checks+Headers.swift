import MartletJSON

/// Headers that repeat the body must repeat it exactly. Source: MCP 2026-07-28, Streamable HTTP (SEP-2243).
extension IntermediaryCheck {
    private static let mismatch = Expectation.refused(400, -32020)

    static let routingHeaders: [IntermediaryCheck] = [
        refusing("method-header-differs", "an Mcp-Method that is not the body's", mismatch, of: { $0.list() }) {
            $0.set("Mcp-Method", "server/discover")
        },
        refusing("method-header-case", "an Mcp-Method in another case", mismatch, of: { $0.list() }) {
            $0.set("Mcp-Method", "Tools/List")
        },
        refusing("method-header-missing", "no Mcp-Method", mismatch, of: { $0.list() }) { $0.set("Mcp-Method", nil) },
        refusing("name-header-differs", "an Mcp-Name that is not the body's", mismatch, of: { $0.nobodyCalled() }) {
            $0.set("Mcp-Name", "another")
        },
        refusing("name-header-missing", "no Mcp-Name", mismatch, of: { $0.nobodyCalled() }) { $0.set("Mcp-Name", nil) },
        refusing("version-header-differs", "a version header that is not the body's", mismatch, of: { $0.list() }) {
            $0.set("MCP-Protocol-Version", Prober.legacy)
        },
        refusing("version-header-missing", "no version header", mismatch, of: { $0.list() }) {
            $0.set("MCP-Protocol-Version", nil)
        },
        refusing("two-method-headers", "Mcp-Method twice", .refused(400), of: { $0.list() }) {
            $0.add("Mcp-Method", "server/discover")
        },
        refusing("two-version-headers", "MCP-Protocol-Version twice", .refused(400), of: { $0.list() }) {
            $0.add("MCP-Protocol-Version", Prober.legacy)
        },
        refusing("two-name-headers", "Mcp-Name twice", mismatch, of: { $0.nobodyCalled() }) {
            $0.add("Mcp-Name", "another")
        },
        IntermediaryCheck(
            id: "mirrored-parameter", what: "an Mcp-Param header that is not the argument's value",
            expected: mismatch.text,
            run: mirrored),
    ]

    static let encodedHeaders: [IntermediaryCheck] = [
        IntermediaryCheck(
            id: "base64-name", what: "an Mcp-Name in base64 is decoded before it is compared",
            expected: "the answer that the plain name gets"
        ) { prober in
            prober.authenticated {
                let plain = prober.nobodyCalled()
                var request = plain
                request.set("Mcp-Name", "=?base64?bWFydGxldC1ub2JvZHk=?=")
                guard case .answer(let known) = prober.send(plain), case .answer(let answer) = prober.send(request)
                else { return .broken("no answer") }
                let isAlike = answer.status == known.status && answer.errorCode == known.errorCode
                return isAlike ? .held : .broken("HTTP \(answer.status) with code \(answer.errorCode ?? 0)")
            }
        },
        encoded("base64-other-name", "an Mcp-Name in base64 that is another name", "=?base64?YW5vdGhlcg==?="),
        encoded("base64-padding", "base64 without its padding", "=?base64?bWFydGxldC1ub2JvZHk?="),
        encoded("base64-alphabet", "base64 with a foreign character", "=?base64?bWFydGxldC1ub2!vZHk=?="),
        encoded(
            "base64-spare-bits", "base64 whose spare bits are set: two texts, one name",
            "=?base64?bWFydGxldC1ub2JvZHl=?="),
        encoded("base64-twice", "base64 around base64", "=?base64?PT9iYXNlNjQ/YldGeWRHeGxkQzF1YjJKdlpIaz0/PQ==?="),
    ]

    private static func encoded(_ id: String, _ what: String, _ value: String) -> IntermediaryCheck {
        refusing(id, what, mismatch, of: { $0.nobodyCalled() }) { $0.set("Mcp-Name", value) }
    }

    /// Only with a tool that was named for it, or the official suite's: it runs when the gateway does not look.
    private static func mirrored(_ prober: Prober) -> Finding {
        prober.authenticated {
            let name = prober.mirroredTool ?? "test_x_mcp_header"
            let tool = prober.visibleTools().first { $0.member("name")?.string == name }
            guard let properties = tool?.member("inputSchema")?.member("properties") else {
                return .notExercised("no --mirrored-tool")
            }
            for (property, schema) in properties.members where schema.member("type")?.isString("string") == true {
                guard let header = schema["x-mcp-header"]?.string else { continue }
                var request = prober.call(name, arguments: "{\(Prober.quoted(property)):\"inside\"}")
                request.set("Mcp-Param-\(header)", "outside")
                return mismatch.judge(prober.send(request))
            }
            return .notExercised("\(name) mirrors no text")
        }
    }
}
