import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import Testing

@testable import MartletAudit

@Suite("a session-era child that asks", .serialized)
struct StdioQuestionTests {
    private static let form = AgentCapabilities([.elicitationForm])
    private static let accepted = #"{"question1":{"action":"accept"}}"#
    /// Asks under id 1 when it is called, and tells the answer as the result of the call.
    private static let script = Script.loop(
        Script.initialize + "\n" + Script.tool("pay", #"call=$id; ask"#) + "\n"
            + #"*'"action"'*) text "$call" told;;"# + "\n" + #"*'-32601'*) text "$call" refused;;"# + "\n"
            + #"*'"notifications/cancelled"'*) gaveup=yes;;"#,
        before:
            #"ask() { printf '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"Sure?"}}\n'; }"#
    )

    private func with(
        _ change: (inout StdioUpstreamSettings) -> Void = { _ in }, _ body: (StdioUpstream) async throws -> Void
    ) async throws {
        try await Fixture.withChild(Self.script, era: .fixed(.legacy), change, body: body)
    }

    @Test("asks the one caller there is, and gets its answer")
    func answers() async throws {
        try await with { upstream async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            let held = try #require(first.question).held
            let last = try Fixture.askable(Self.form, answers: Self.accepted)
            #expect(await held.goOn(last, relaying: TestCaller().all()).text == "told")
        }
    }

    @Test("is refused while a call of another caller could be meant")
    func two() async throws {
        try await with { upstream async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            let held = try #require(first.question).held
            let other = try Fixture.askable(Self.form, by: try Fixture.principal("other"))
            #expect(await upstream.call(other, relaying: TestCaller().all()).text == "refused")
            held.giveUp()
        }
    }

    @Test("is refused after a call of another caller was given up: it may still be at it")
    func late() async throws {
        try await with { upstream async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            try #require(first.question).held.giveUp()
            let other = try Fixture.askable(Self.form, by: try Fixture.principal("other"))
            #expect(await upstream.call(other, relaying: TestCaller().all()).text == "refused")
            // The same caller may be asked: the question is its own, whichever of its calls it belongs to.
            let again = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            #expect(again.question != nil)
        }
    }

    @Test("may ask another caller once no call of the first one can be running any more")
    func later() async throws {
        try await with({ $0.longestCall = .nanoseconds(0) }) { upstream async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            try #require(first.question).held.giveUp()
            let other = try Fixture.askable(Self.form, by: try Fixture.principal("other"))
            #expect(await upstream.call(other, relaying: TestCaller().all()).question != nil)
        }
    }

    @Test("hears no answer once its call is over, also not from a new child")
    func gone() async throws {
        let script = Script.loop(
            Script.initialize + "\n" + Script.tool("pay", "ask; exit 0"),
            before: #"ask() { printf '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}\n'; }"#)
        try await Fixture.withChild(script, era: .fixed(.legacy)) { upstream async throws in
            let first = await upstream.call(try Fixture.askable(Self.form), relaying: TestCaller().all())
            let held = try #require(first.question).held
            let last = try Fixture.askable(Self.form, answers: Self.accepted)
            #expect(await held.goOn(last, relaying: nil).failure == .brokenOff)
        }
    }
}
