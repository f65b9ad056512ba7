import MartletJSON
import Testing

@Suite("Limits, from both sides")
struct LimitTests {
    @Test("a document may nest up to the limit and not one deeper")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: #"[{"a":"#, count: depth / 2) + (depth % 2 == 1 ? "[]" : "0")
                + String(repeating: "}]", count: depth / 2)
        }
        #expect(Fixture.error(nested(64)) == nil)
        #expect(Fixture.error(nested(65)) == .tooDeep(offset: 32 * 6))
        #expect(Fixture.error(nested(1_000_001)) == .tooDeep(offset: 32 * 6))
    }

    @Test("siblings do not add to the depth")
    func siblings() {
        var limits = JSONLimits()
        limits.maximumDepth = 2
        #expect(Fixture.error("[[],[],{},[1],{\"a\":1}]", limits: limits) == nil)
        #expect(Fixture.error("[[],[[]]]", limits: limits) == .tooDeep(offset: 5))
    }

    @Test("a configured depth above the ceiling counts as the ceiling, which the canonical form bears")
    func depthCeiling() throws {
        var limits = JSONLimits()
        limits.maximumDepth = .max
        let deepest = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        let value = try Fixture.parse(deepest, limits: limits)
        #expect(try value.canonical() == Array(deepest.utf8))
        #expect(Fixture.error("[\(deepest)]", limits: limits) == .tooDeep(offset: 256))
    }

    @Test("a document may have as many bytes as the limit and not one more, whitespace counted")
    func bytes() {
        var limits = JSONLimits()
        limits.maximumBytes = 10
        #expect(Fixture.error("[1,2,3,4] ", limits: limits) == nil)
        #expect(Fixture.error("[1,2,3,4]  ", limits: limits) == .tooLarge(offset: 10))
    }

    @Test("a number may have as many bytes as the limit and not one more")
    func numberBytes() {
        let longest = "-" + String(repeating: "1", count: 63)
        #expect(Fixture.error("[\(longest)]") == nil)
        #expect(Fixture.error("[\(longest)1]") == .numberTooLong(offset: 1))
    }

    @Test("a string or key may have as many written bytes as the limit and not one more")
    func stringBytes() {
        var limits = JSONLimits()
        limits.maximumStringBytes = 6
        #expect(Fixture.error(#"{"\u0061":"abcdef"}"#, limits: limits) == nil)
        #expect(Fixture.error(#"{"a":"abcdefg"}"#, limits: limits) == .stringTooLong(offset: 5))
        #expect(Fixture.error(#"{"\u0061b":1}"#, limits: limits) == .stringTooLong(offset: 1))
    }

    @Test("values and keys together may be as many as the limit and not one more")
    func tokens() {
        var limits = JSONLimits()
        limits.maximumTokens = 4
        #expect(Fixture.error(#"[{"a":1}]"#, limits: limits) == nil)
        #expect(Fixture.error(#"[{"a":1},2]"#, limits: limits) == .tooManyValues(offset: 9))
    }

    @Test("requests are held shorter than responses")
    func presets() {
        let long = "\"" + String(repeating: "a", count: 1 << 20) + "a\""
        #expect(Fixture.error(long, limits: .request) == .stringTooLong(offset: 0))
        #expect(Fixture.error(long, limits: .response) == nil)
        #expect(JSONLimits.request.maximumBytes == 4 << 20)
        #expect(JSONLimits.response.maximumBytes == 64 << 20)
    }
}
