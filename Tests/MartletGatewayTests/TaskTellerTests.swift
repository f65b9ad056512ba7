import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP
import MartletPolicy
import MartletTesting
import Testing

@testable import MartletGateway

@Suite("What is told of tasks")
struct TaskTellerTests {
    private static let handle = "t1.handle"

    private func task(_ fixture: StandingFixture) throws -> TaskReference {
        let tool = try #require(ToolName("work"))
        let call = CallID(time: StandingFixture.now, random: RandomBits(high: 9, low: 9))
        return try #require(
            TaskReference(
                upstream: fixture.upstream.id, upstreamID: "theirs", call: call, tool: tool,
                grant: "t", argumentDigest: Digest(of: [])))
    }

    private func change(_ members: String = #""status":"completed","result":{"content":[]}"#) throws -> Change {
        let params = try JSONValue.parse(Array(#"{"taskId":"theirs",\#(members)}"#.utf8))
        return try #require(Change(method: "notifications/tasks", params: params))
    }

    /// What the stream has sent when `changes` were told, each once the one before was sent or dropped.
    private func told(
        _ changes: [Change], until end: UnixTime = StandingFixture.now.advanced(by: Seconds(1000)),
        _ prepare: (StandingFixture) -> Void = { _ in }
    ) async throws -> (texts: [String], types: [RecordType]) {
        let fixture = try StandingFixture()
        let (role, tool) = (try #require(RoleName("clerk")), try #require(ToolName("work")))
        let grant = Grant(
            id: try #require(GrantID("t")),
            target: GrantTarget(
                role: role, upstream: fixture.upstream.id,
                subject: .tool(tool)),
            expires: end, owner: nil, constraints: [], isClosed: false, approval: nil)
        let teller = TaskTeller(
            policy: PolicyEngine(grants: [grant]), audit: fixture.log.audit,
            errors: ErrorMapping(publicURL: "http://127.0.0.1", routes: []), clock: fixture.clock,
            random: SeededRandom(seed: 5))
        let filter = StreamFilter(
            .verbatim, [fixture.upstream.id: ListenFilter(lists: [.tools])], tasks: [Self.handle: try task(fixture)])
        let (line, wire) = try await fixture.open(
            try StandingFixture.principal("ada"), filter,
            recordFirst: { teller.tell($0, of: $1, to: $2, AgentCapabilities([.tasks])) })
        prepare(fixture)
        for change in changes { fixture.upstream.change(change) }
        // Told behind them: when it is there, they are sent or dropped.
        fixture.upstream.change(.list(.tools))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await teller.run() }
            await wire.waits(for: "tools/list_changed")
            group.cancelAll()
        }
        _ = line
        let types = try fixture.log.store.leaves.map { leaf in
            let type = try JSONValue.parse(leaf).member("type")?.string
            return try #require(type.flatMap(RecordType.init(rawValue:)))
        }
        return (Array(wire.texts.dropFirst()), types)
    }

    @Test("a state is recorded as a look, and then told under the agent's own id")
    func recorded() async throws {
        let (texts, types) = try await told([try change()])
        #expect(types == [.streamOpened, .callIntent, .callOutcome])
        let told = try #require(texts.first)
        #expect(told.contains(#""taskId":"t1.handle","status":"completed""#) && !told.contains("theirs"))
        #expect(told.contains(#""io.modelcontextprotocol/subscriptionId":"s""#) && texts.count == 2)
    }

    @Test("of what waits for its reader only the latest state is told")
    func latest() async throws {
        let states =
            try [#""status":"working""#, #""status":"cancelled""#].map { status in try change(status) } + [try change()]
        let (texts, types) = try await told(states)
        #expect(texts.map { $0.contains("taskId") } == [true, true, false])
        #expect(texts[0].contains("working") && texts[1].contains("completed"))
        #expect(types.count == 5, "and only what was told is on record")
    }

    @Test("after the end of its grant nothing is told of a task")
    func grantEnded() async throws {
        let (texts, types) = try await told([try change()], until: StandingFixture.now)
        #expect(texts.count == 1 && types == [.streamOpened])
    }

    @Test("without a record nothing is told", arguments: [1, 2])
    func unrecorded(failing: Int) async throws {
        let (texts, _) = try await told([try change()]) { fixture in
            fixture.log.store.inject(.failBeforeWrite, atAppend: fixture.log.store.attempts + failing)
        }
        #expect(texts.count == 1)
    }

    @Test(
        "what is no state, or asks what was not declared, is not told",
        arguments: [
            #""status":"completed""#, #""status":"Working""#, #""status":"working","Status":"completed""#,
            #""status":"input_required","inputRequests":{"q":{"method":"roots/list"}}"#,
        ])
    func unsound(members: String) async throws {
        let (texts, types) = try await told([try change(members)])
        #expect(texts.count == 1 && types == [.streamOpened])
    }
}
