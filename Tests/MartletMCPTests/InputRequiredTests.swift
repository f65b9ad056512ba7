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

    @Test(
        "with a member that another reader could take for one of ours is refused",
        arguments: ["Tools", "includecontext"])
    func lookalikes(name: String) {
        #expect(throws: CallResult.Defect.lookalikeKey) { try Self.sampling(#"{"\#(name)":[]}"#) }
    }
}
