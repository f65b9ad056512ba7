import MartletMCP
import Testing

@Suite("The text of a header")
struct HeaderValueTests {
    @Test(
        "text that HTTP carries stands for itself, other text goes as base64",
        arguments: [
            ("issue_payment", "issue_payment"), ("Zürich", "=?base64?WsO8cmljaA==?="), (" a", "=?base64?IGE=?="),
            ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="), ("a\nb", "=?base64?YQpi?="), ("", ""),
            ("a b", "a b"),
            ("\u{3F}\u{FF}>>", "=?base64?P8O/Pj4=?="),
        ])
    func roundTrip(text: String, wire: String) {
        #expect(HeaderValue.encode(text) == wire)
        #expect(HeaderValue.decode(wire) == text)
    }

    @Test(
        "a value with two spellings, or none, is refused",
        arguments: [
            "=?base64?YQ?=", "=?base64?YQ=?=", "=?base64?YR==?=", "=?base64?YQ===?=", "=?base64?YQ==\n?=",
            "=?base64?_w==?=",
            "=?base64?/w==?=", "=?base64?=?=", "Zürich", "a\u{7F}", "=?base64?Y-Q=?=", "=?base64?YQ==?==?=",
        ])
    func malformed(wire: String) {
        #expect(HeaderValue.decode(wire) == nil)
    }

    @Test(
        "what is only close to the base64 form is plain text",
        arguments: ["=?BASE64?YQ==?=", "=?base64?=", "=?base64?YQ=="])
    func almost(wire: String) {
        #expect(HeaderValue.decode(wire) == wire)
    }
}
