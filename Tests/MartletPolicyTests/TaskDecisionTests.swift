import MartletCore
import Testing

@testable import MartletPolicy

@Suite("Requests about a task")
struct TaskDecisionTests {
    private static func grant(_ id: String, _ more: String) -> String {
        #"{"agent_role":"finance_executor","upstream":"erp","tool":"issue_payment","scope":[],"id":"\#(id)",\#(more)}"#
    }
    private static let live = #""expires":"2027-01-01","owner":"x","requires_approval":false"#
    private static let approved =
        #""expires":"2027-01-01","owner":"x","requires_approval":true,"approvers":["finance_approver"]"#

    private static func word(_ action: TaskRequest.Action, of grant: String, _ grants: String, later: Int64 = 0) throws
        -> String
    {
        let call = try Fixture.call(nil)
        let tool = try #require(call.subject.tool)
        let task = try #require(
            TaskReference(
                upstream: call.upstream, upstreamID: "t", call: call.id, tool: tool, grant: grant,
                argumentDigest: Digest(of: [])))
        let request = ToolCall(
            id: call.id, principal: call.principal, upstream: call.upstream, method: "tasks/get",
            subject: call.subject, arguments: nil, argumentDigest: Digest(of: []), bodyDigest: Digest(of: []),
            model: .unknown, received: Fixture.now, task: TaskRequest(action, of: task))
        let now = UnixTime(seconds: Fixture.now.seconds + later)
        return try Fixture.engine("[\(grants)]").decide(request, approval: nil, now: now).word
    }

    @Test(
        "need the grant by which the task began, as long as it lives; to give up takes none",
        arguments: [
            (TaskRequest.Action.look, "a", grant("a", live), 0, "permit"),
            (.answer, "a", grant("a", live), 0, "permit"),
            (.look, "b", grant("a", live), 0, "no_grant"), (.answer, "b", grant("a", live), 0, "no_grant"),
            (.look, "a", grant("a", live), 90 * 86_400, "grant_expired"),
            (.answer, "a", grant("a", live), 90 * 86_400, "grant_expired"),
            (.cancel, "a", grant("a", live), 90 * 86_400, "permit"), (.cancel, "b", grant("a", live), 0, "permit"),
            (.look, "a", grant("a", approved), 0, "permit"), (.cancel, "a", grant("a", approved), 0, "permit"),
            (.answer, "a", grant("a", approved), 0, "approval"),
            (.answer, "a", grant("a", live) + "," + grant("b", approved), 0, "approval"),
        ] as [(TaskRequest.Action, String, String, Int64, String)])
    func decided(action: TaskRequest.Action, of id: String, grants: String, later: Int64, word: String) throws {
        #expect(try Self.word(action, of: id, grants, later: later) == word)
    }

    @Test("an approval of answers is for one task and these answers, and is none of a call with the same bytes")
    func binding() throws {
        let call = try Fixture.call(nil)
        let tool = try #require(call.subject.tool)
        func digest(_ upstreamID: String?, _ arguments: [UInt8] = []) throws -> Digest {
            let task = upstreamID.flatMap {
                TaskReference(
                    upstream: call.upstream, upstreamID: $0, call: call.id, tool: tool, grant: "a",
                    argumentDigest: Digest(of: []))
            }
            return Digest(
                binding: ToolCall(
                    id: call.id, principal: call.principal, upstream: call.upstream, method: "tasks/update",
                    subject: call.subject, arguments: nil, argumentDigest: Digest(of: arguments),
                    bodyDigest: Digest(of: []), model: .unknown, received: Fixture.now,
                    task: task.map { TaskRequest(.answer, of: $0) }), to: Digest(of: []))
        }
        #expect(Set([try digest("t"), try digest("u"), try digest("t", [1]), try digest(nil)]).count == 4)
    }
}
