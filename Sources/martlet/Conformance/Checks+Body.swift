/// One strict reading of the body: what two parsers could understand differently is refused.
extension IntermediaryCheck {
    static let body: [IntermediaryCheck] = [
        replacing("not-json", "a body that is no JSON", .refused(400, -32700)) { _ in "{not json" },
        replacing("batch", "a batch of requests") { "[\($0),\($0)]" },
        replacing("trailing-bytes", "bytes after the message", .refused(400, -32700)) { $0 + "x" },
        replacing("duplicate-method", "two members `method`") {
            $0.inserting(#""method":"tools/call","#, before: #""method":"#)
        },
        replacing("duplicate-by-escape", "two members `method`, one written with an escape") {
            $0.inserting(#""\u006dethod":"tools/call","#, before: #""method":"#)
        },
        replacing("duplicate-meta", "two members `_meta`") {
            $0.inserting(Prober.meta(version: Prober.legacy) + ",", before: #""_meta":"#)
        },
        probing("duplicate-deep", "a key twice, deep in the message", #"[{"a":1,"a":2}]"#),
        replacing("look-alike-member", "a member that differs from `method` only in case") {
            $0.inserting(#""Method":"tools/call","#, before: #""method":"#)
        },
        replacing("id-null", "the request id null") { $0.inserting("null", insteadOf: #""id":1"#, after: 5) },
        replacing("id-fraction", "a request id that is no integer") {
            $0.inserting("1.5", insteadOf: #""id":1"#, after: 5)
        },
        replacing("jsonrpc-version", "another version of JSON-RPC") {
            $0.inserting(#""1.0""#, insteadOf: #""jsonrpc":"2.0""#, after: 10)
        },
        probing(
            "deep-nesting", "200 levels of nesting",
            String(repeating: "[", count: 200) + String(repeating: "]", count: 200)),
        probing("long-number", "a number of 400 digits", String(repeating: "9", count: 400)),
        probing("nul-in-key", "NUL in a key", #"{"a\u0000b":1}"#),
        probing("lone-surrogate", "half a surrogate pair", #""\ud800""#),
        IntermediaryCheck(
            id: "invalid-utf8", what: "a body that is no UTF-8", expected: Expectation.refused(400).text
        ) { prober in
            prober.authenticated {
                var request = prober.modern("tools/list", "\"cursor\":\"X\"")
                guard let index = request.body.firstIndex(of: UInt8(ascii: "X")) else { return .broken("no place") }
                request.body[index] = 0xFF
                return Expectation.refused(400).judge(prober.send(request))
            }
        },
    ]

    /// A good list whose text was changed.
    private static func replacing(
        _ id: String, _ what: String, _ expectation: Expectation = .refused(400),
        _ change: @escaping @Sendable (String) -> String
    ) -> IntermediaryCheck {
        refusing(id, what, expectation, of: { $0.list() }) {
            $0.body = Array(change(String(decoding: $0.body, as: UTF8.self)).utf8)
        }
    }

    /// A good list with one more member in `_meta`, where anything may stand.
    private static func probing(_ id: String, _ what: String, _ value: String) -> IntermediaryCheck {
        refusing(id, what, .refused(400), of: { $0.list() }) {
            let meta = Prober.meta(#","martlet.dev/probe":\#(value)"#)
            $0.body = Array(Prober.body("tools/list", meta, id: "1").utf8)
        }
    }
}

extension String {
    /// Puts text before the first place where `mark` stands.
    func inserting(_ text: String, before mark: String) -> String {
        guard let range = firstRange(of: mark) else { return self }
        return String(self[..<range.lowerBound]) + text + String(self[range.lowerBound...])
    }

    /// Replaces what follows the first `after` characters of the first `mark`.
    func inserting(_ text: String, insteadOf mark: String, after count: Int) -> String {
        guard let range = firstRange(of: mark) else { return self }
        let start = index(range.lowerBound, offsetBy: count)
        return String(self[..<start]) + text + String(self[range.upperBound...])
    }
}
