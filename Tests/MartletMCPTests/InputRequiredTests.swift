import MartletJSON
import Testing

@testable import MartletMCP

@Suite("A question of an upstream")
struct InputRequiredTests {
    private static func sampling(_ params: String) throws -> InputRequired {
        let text =
            #"{"resultType":"input_required","inputRequests":{"q":{"method":"sampling/createMessage","params":\#(params)}}}"#
        return try #require(try InputRequired(try JSONValue.parse(Array(text.utf8))))
    }

    @Test(
        "of sampling needs what it uses: tools and context are declared by themselves",
        arguments: [
            ("{}", [.sampling]), (#"{"tools":[]}"#, [.sampling, .samplingTools]),
            (#"{"toolChoice":{"mode":"auto"}}"#, [.sampling, .samplingTools]),
            (#"{"includeContext":"none"}"#, [.sampling]),
            (#"{"includeContext":"thisServer"}"#, [.sampling, .samplingContext]),
            (#"{"includeContext":7}"#, [.sampling, .samplingContext]),
        ] as [(String, Set<AgentCapabilities.Kind>)])
    func samplingNeeds(params: String, kinds: Set<AgentCapabilities.Kind>) throws {
        #expect(try Self.sampling(params).needs.kinds == kinds)
    }

    @Test("is relayed without the _meta of its parameters, in a task too")
    func meta() throws {
        let asked = #"{"q":{"method":"sampling/createMessage","params":{"_meta":{"martlet.dev/x":1},"a":1},"b":2}}"#
        let told = #"{"q":{"method":"sampling/createMessage","params":{"a":1},"b":2}}"#
        let value = try JSONValue.parse(Array(#"{"resultType":"input_required","inputRequests":\#(asked)}"#.utf8))
        let question = try #require(try InputRequired(value))
        let reply = String(
            decoding: Reply.inputRequired(id: .number("1"), question, state: "s") { _ in }, as: UTF8.self)
        #expect(reply.contains(#""inputRequests":\#(told),"#))
        #expect(
            question.asked.map { String(decoding: $0.serialized(), as: UTF8.self) } == #"{"inputRequests":\#(told)}"#)
        var writer = JSONWriter(capacity: 256)
        InputRequired.write(try JSONValue.parse(Array(asked.utf8)), to: &writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == told)
    }

    @Test(
        "with a member that another reader could take for one of ours is refused",
        arguments: ["Tools", "includecontext"])
    func lookalikes(name: String) {
        #expect(throws: CallResult.Defect.lookalikeKey) { try Self.sampling(#"{"\#(name)":[]}"#) }
    }
}
