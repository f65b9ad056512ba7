import MartletCore
import MartletJSON
import Testing

@testable import MartletMCP

@Suite("How a task stands")
struct TaskStateTests {
    private static let base = #""taskId":"t","createdAt":"2026-11-23T10:00:00Z","ttlMs":null"#

    private static func state(_ members: String) throws -> TaskState {
        try TaskState(try Fixture.json("{\(base),\(members)}"), of: "t")
    }

    private static func written(_ state: TaskState) throws -> JSONValue {
        let reply = Reply.task(id: .number("1"), state, as: "ours", error: { ($0, $1) }) { $0.member("x", string: "y") }
        return try #require(try Fixture.json(reply).member("result"))
    }

    @Test(
        "is one of five words, each with its own member",
        arguments: [
            (#""status":"working""#, TaskStatus.working), (#""status":"cancelled""#, .cancelled),
            (#""status":"completed","result":{"content":[]}"#, .completed),
            (#""status":"failed","error":{"code":1,"message":"no"}"#, .failed),
            (#""status":"input_required","inputRequests":{}"#, .inputRequired),
        ])
    func statuses(members: String, status: TaskStatus) throws {
        let state = try Self.state(members)
        #expect(state.status == status)
        let written = try Self.written(state)
        #expect(written.member("taskId")?.string == "ours" && written.member("status")?.string == status.rawValue)
        #expect(written.member("resultType")?.string == "complete" && written.member("ttlMs")?.isNull == true)
        #expect(written.member("_meta")?.member("x")?.string == "y")
    }

    @Test(
        "that cannot be believed is refused",
        arguments: [
            #""status":"Completed""#, #""status":7"#, #""x":1"#, #""status":"completed""#, #""status":"failed""#,
            #""status":"input_required""#, #""status":"completed","result":{}"#, #""status":"completed","result":[]"#,
            #""status":"completed","result":{"content":[],"resultType":"input_required"}"#,
            #""status":"completed","result":{"content":[],"iserror":true}"#,
            #""status":"failed","error":{"code":"1","message":"no"}"#, #""status":"failed","error":{"code":1}"#,
            #""status":"input_required","inputRequests":[]"#,
            #""status":"input_required","inputRequests":{"q":{"method":"tools/call"}}"#,
            #""status":"working","Status":"completed""#, #""status":"working","resultType":"input_required""#,
            #""status":"working","statusMessage":{}"#, #""status":"working","pollIntervalMs":"5""#,
            #""status":"working","pollIntervalMs":-1"#, #""status":"working","lastUpdatedAt":5"#,
            #""status":"working","_meta":[]"#,
        ])
    func refused(members: String) { #expect(throws: CallResult.Defect.self) { try Self.state(members) } }

    @Test("is that of the task that was asked about")
    func another() throws {
        let value = try Fixture.json(#"{\#(Self.base),"status":"working"}"#)
        #expect(throws: CallResult.Defect.badMember) { try TaskState(value, of: "u") }
        #expect(!TaskState.isClaimed(by: value))
    }

    @Test("carries nothing that belongs to another status, and nothing that is ours to say")
    func smuggled() throws {
        let written = try Self.written(
            try Self.state(
                #""status":"working","result":{"a":1},"error":{"a":1},"inputRequests":{"q":1},"requestState":"s","#
                    + #""later":[1],"_meta":{"martlet.dev/receipt":1,"theirs":2},"statusMessage":"a\u0007b""#))
        for key in ["result", "error", "inputRequests", "requestState"] { #expect(written[key] == nil) }
        #expect(written.member("later")?.kind == .array && written.member("_meta")?.member("theirs") != nil)
        #expect(written.member("_meta")?["martlet.dev/receipt"] == nil)
        #expect(written.member("statusMessage")?.string == "ab")
    }

    @Test("a new task says so, and has nothing but its state")
    func created() throws {
        let value = try Fixture.json(
            #"{\#(Self.base),"resultType":"task","status":"completed","result":{"content":"unchecked"}}"#)
        #expect(TaskState.isClaimed(by: value))
        let written = try Self.written(try TaskState(created: value))
        #expect(written.member("resultType")?.string == "task" && written.member("result") == nil)
    }

    @Test("asks for what its questions need")
    func needs() throws {
        let state = try Self.state(
            #""status":"input_required","inputRequests":{"q":{"method":"roots/list"},"r":{"method":"elicitation/create"}}"#
        )
        #expect(state.missing(from: AgentCapabilities([.roots]))?.kinds == [.elicitationForm])
        #expect(state.missing(from: AgentCapabilities([.roots, .elicitationForm])) == nil)
    }

    @Test("the extension is declared as it was, in our own bytes")
    func declared() throws {
        let stated = try Fixture.json(#"{"extensions":{"io.modelcontextprotocol/tasks":{"x":1},"other":{}}}"#)
        var writer = JSONWriter(capacity: 64)
        AgentCapabilities(stated).write(to: &writer)
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text == #"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#)
        #expect(AgentCapabilities(try Fixture.json(#"{"extensions":{"io.modelcontextprotocol/tasks":1}}"#)).kinds == [])
        let session =
            #"{"protocolVersion":"2025-11-25","capabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}}"#
        #expect(UpstreamProfile(try Fixture.json(session))?.offersTasks == false)
    }
}
