import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import NIOCore
import NIOHTTP1
import Testing

@testable import MartletAudit

extension Fixture {
    /// A call of an agent that can be asked `agent`; in a later round with `answers`.
    static func askable(
        _ agent: AgentCapabilities, answers: String? = nil, by principal: Principal? = nil
    ) throws -> RecordedCall {
        let time = UnixTime(seconds: 1_795_374_000)
        var input = CallInput()
        input.capabilities = agent.value
        input.round = answers == nil ? 0 : 1
        input.responses = try answers.map { try JSONValue.parse(Array($0.utf8)) }
        let call = ToolCall(
            id: CallID(time: time, random: RandomBits(high: 1, low: 2)), principal: try principal ?? Self.principal(),
            upstream: try upstreamID(), method: "tools/call", subject: .tool(try #require(ToolName("pay"))),
            arguments: nil, argumentDigest: Digest(of: []), bodyDigest: Digest(of: []), model: .unknown, received: time,
            input: input)
        return RecordedCall(call: call, intent: IntentReceipt(call: call.id, index: 0))
    }
}

extension UpstreamResult {
    var question: (asked: InputRequired, held: any HeldCall)? {
        if case .asked(let asked, let held) = self { (asked, held) } else { nil }
    }
}

@Suite("a session-era HTTP upstream that asks", .serialized)
struct HTTPQuestionTests {
    private static let legacy = EraChoice.fixed(.legacy)
    private static let form = AgentCapabilities([.elicitationForm])
    private static let accepted = #"{"question1":{"action":"accept","content":{"ok":true}}}"#

    /// Asks a form under id 1, and goes on when it is released.
    private static func asking(_ method: String = "elicitation/create") -> TestServer.Script {
        let call: TestServer.Script = { request in
            [
                .openStream,
                .event(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"message":"Sure?","_meta":{}}}"#),
                .hold,
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        let server = Wire.legacy(call)
        return { request in
            request.body.contains(#""id":1,"result":{"action""#) ? [.status("202 Accepted")] : server(request)
        }
    }

    @Test("gets the answer under its own id, from the decided call alone, and its result is the call's")
    func answers() async throws {
        try await Fixture.with(Self.asking(), era: Self.legacy) { (server, upstream) async throws in
            let caller = TestCaller()
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: caller.all())
            let (asked, held) = try #require(first.question)
            #expect(asked.questions.map(\.key) == ["question1"] && asked.needs == Self.form)
            async let result = held.goOn(
                try Fixture.askable(Self.form, answers: Self.accepted), relaying: caller.all())
            #expect(await eventually { server.requests.contains { $0.body.contains(#""id":1,"result":{"action""#) } })
            server.release()
            #expect(try await result.text == "done")
        }
    }

    @Test("is asked again when the next round has no answer to its question, and hears nothing of it")
    func withoutAnswer() async throws {
        try await Fixture.with(Self.asking(), era: Self.legacy) { (server, upstream) async throws in
            let caller = TestCaller()
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: caller.all())
            let held = try #require(first.question).held
            let before = server.requests.count
            for answers in ["{}", #"{"other":{}}"#, #"{"question1":{"action":"maybe"}}"#] {
                let again = await held.goOn(try Fixture.askable(Self.form, answers: answers), relaying: caller.all())
                #expect(again.question?.held === held)
            }
            #expect(server.requests.count == before)
            held.giveUp()
        }
    }

    @Test("is heard by nobody while its question is open: the line may carry another call by then")
    func silence() async throws {
        let call: TestServer.Script = { request in
            let note = #"{"progressToken":\#(request.rpcID),"progress":1}"#
            return [
                .openStream, .event(#"{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}"#), .hold,
                .event(#"{"jsonrpc":"2.0","method":"notifications/progress","params":\#(note)}"#),
                .event(Wire.result(request, Wire.text("done"))), .endStream,
            ]
        }
        try await Fixture.with(Wire.legacy(call), era: Self.legacy) { (server, upstream) async throws in
            let caller = TestCaller()
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: caller.all())
            let held = try #require(first.question).held
            server.release()
            // A second call on the same connection comes behind what the first one still had to say.
            #expect(try await upstream.call("pay").text == "done")
            #expect(caller.heard.isEmpty)
            held.giveUp()
        }
    }

    @Test("is told when nobody answers, and what was given up answers nothing any more")
    func givesUp() async throws {
        try await Fixture.with(Self.asking(), era: Self.legacy) { (server, upstream) async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            let held = try #require(first.question).held
            held.giveUp()
            #expect(await eventually { server.methods.last == "notifications/cancelled" })
        }
    }

    @Test("is not waited for longer than its timeout, but an agent is")
    func patience() async throws {
        let change: (inout HTTPUpstreamSettings) -> Void = { $0.timeout = .milliseconds(300) }
        try await Fixture.with(Self.asking(), era: Self.legacy, change) { (server, upstream) async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            let held = try #require(first.question).held
            // Another call runs into the timeout meanwhile: the one that waits for its agent does not.
            #expect(try await upstream.call("pay", by: Fixture.principal("b")).failure == .timedOut)
            let last = try Fixture.askable(Self.form, answers: Self.accepted)
            #expect(await held.goOn(last, relaying: nil).failure == .timedOut)
        }
    }

    @Test(
        "is refused what the agent did not declare",
        arguments: [("sampling/createMessage", [.elicitationForm]), ("elicitation/create", [.roots])]
            as [(String, Set<AgentCapabilities.Kind>)])
    func undeclared(method: String, kinds: Set<AgentCapabilities.Kind>) async throws {
        try await Fixture.with(Self.asking(method), era: Self.legacy) { (server, upstream) async throws in
            async let result = upstream.call(
                try Fixture.askable(AgentCapabilities(kinds)), relaying: TestCaller().all())
            #expect(await eventually { server.requests.contains { $0.body.contains("-32601") } })
            server.release()
            #expect(try await result.text == "done")
        }
    }

    @Test("has one session for each caller and what can be asked of it, and is told exactly that")
    func sessions() async throws {
        let plain = AgentCapabilities([])
        try await Fixture.with(Wire.legacy(Wire.echo), era: Self.legacy) { (server, upstream) async throws in
            for agent in [Self.form, plain, Self.form, AgentCapabilities([.sampling])] {
                _ = await upstream.call(try Fixture.askable(agent), relaying: nil)
            }
            let calls = server.requests.filter { $0.rpcMethod == "tools/call" }.map { $0.headers["mcp-session-id"] }
            #expect(calls == [["s1"], ["s2"], ["s1"], ["s3"]])
            let opened = server.requests.filter { $0.rpcMethod == "initialize" }
            let expected = [#"{"elicitation":{"form":{}}}"#, "{}", #"{"sampling":{}}"#]
            #expect(opened.count == 3)
            for (request, declared) in zip(opened, expected) {
                #expect(request.body.contains(#""capabilities":\#(declared),"clientInfo""#))
            }
        }
    }
}
