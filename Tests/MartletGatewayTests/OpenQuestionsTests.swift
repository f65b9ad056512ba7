import MartletCore
import MartletJSON
import MartletMCP
import MartletTesting
import Testing

@testable import MartletGateway

@Suite("Questions that wait for agents of the session era")
struct OpenQuestionsTests {
    private static let now = UnixTime(seconds: 1_795_374_000)
    private static let accepted = #"{"action":"accept","content":{"ok":true}}"#

    private let ada: Principal

    init() throws { ada = try StandingFixture.principal("ada") }

    private func call(_ number: UInt64 = 1) -> CallID {
        CallID(time: Self.now, random: RandomBits(high: number, low: number))
    }

    private func asked(_ keys: String...) throws -> [InputQuestion] {
        let form = #"{"method":"elicitation/create","params":{"message":"Sure?"}}"#
        let requests = keys.map { #""\#($0)":\#(form)"# }.joined(separator: ",")
        let text = #"{"resultType":"input_required","inputRequests":{\#(requests)}}"#
        return try #require(try InputRequired(try JSONValue.parse(Array(text.utf8)))).questions
    }

    private func response(_ id: Int64, _ result: String = accepted, session: String = "s1") throws -> AgentResponse {
        let body = Array(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#.utf8)
        let headers = RequestHeaders([
            (name: "content-type", value: "application/json"), (name: "mcp-session-id", value: session),
        ])
        guard case .response(let response) = try RequestParser().message(headers: headers, body: body) else {
            throw StreamFixture.Refused()
        }
        return response
    }

    private func given(_ answers: OpenQuestions.Answers) -> [String: String]? {
        guard case .given(let values, _, _) = answers else { return nil }
        return values.mapValues { String(decoding: $0.serialized(), as: UTF8.self) }
    }

    private func missing(_ answers: OpenQuestions.Answers) -> Unanswered? {
        if case .missing(let why) = answers { why } else { nil }
    }

    @Test("all answers of a round come back under the upstream's keys, in whatever order they came")
    func answered() async throws {
        let questions = OpenQuestions(capacity: 8)
        let round = try #require(
            questions.open(try asked("a", "b"), session: "s1", of: ada, call: call(), now: Self.now))
        try questions.settle(try response(round.ids[1], #"{"action":"decline"}"#), by: nil)
        try questions.settle(try response(round.ids[0]), by: nil)
        let answers = await questions.answers(to: round)
        #expect(given(answers) == ["a": Self.accepted, "b": #"{"action":"decline"}"#])
        #expect(questions.count == 0)
    }

    @Test("an answer of another session, to no question, or a second one is unknown; one of another shape is refused")
    func unknown() async throws {
        let questions = OpenQuestions(capacity: 8)
        let round = try #require(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now))
        let id = round.ids[0]
        for (id, session) in [(id, "s2"), (id + 1, "s1"), (0, "s1")] {
            let response = try response(id, session: session)
            #expect(throws: ProtocolError.unknownQuestion) { try questions.settle(response, by: nil) }
        }
        let wrong = try response(id, #"{"action":"maybe"}"#)
        #expect(throws: ProtocolError.malformedAnswer) { try questions.settle(wrong, by: nil) }
        let right = try response(id)
        try questions.settle(right, by: nil)
        #expect(throws: ProtocolError.unknownQuestion) { try questions.settle(right, by: nil) }
        #expect(given(await questions.answers(to: round)) == ["a": Self.accepted])
    }

    @Test("ids are never used again, so that a late answer finds nothing")
    func ids() throws {
        let questions = OpenQuestions(capacity: 8)
        let first = try #require(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now))
        questions.close(first)
        let second = try #require(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now))
        #expect(Set(first.ids).isDisjoint(with: second.ids))
        let late = try response(first.ids[0])
        #expect(throws: ProtocolError.unknownQuestion) { try questions.settle(late, by: nil) }
    }

    @Test("a wait ends with its time, its session, its call, or the gateway; and only what is meant")
    func ends() async throws {
        let ends: [(Unanswered, (OpenQuestions) -> Void)] = [
            (.expired, { $0.expire(now: Self.now.advanced(by: Seconds(300))) }),
            (.sessionClosed, { $0.endSession("s1") }), (.cancelled, { $0.giveUp(call(1)) }),
            (.cancelled, { $0.endAll() }),
        ]
        for (why, end) in ends {
            let questions = OpenQuestions(capacity: 8, patience: Seconds(300))
            let round = try #require(
                questions.open(try asked("a"), session: "s1", of: ada, call: call(1), now: Self.now))
            questions.expire(now: Self.now.advanced(by: Seconds(299)))
            questions.endSession("s2")
            questions.giveUp(call(2))
            try await withThrowingTaskGroup(of: OpenQuestions.Answers.self) { group in
                group.addTask { await questions.answers(to: round) }
                end(questions)
                for try await answers in group { #expect(missing(answers) == why) }
            }
            let late = try response(round.ids[0])
            #expect(throws: ProtocolError.unknownQuestion) { try questions.settle(late, by: nil) }
        }
    }

    @Test("one caller has an eighth of the questions, in however many sessions")
    func callerBound() throws {
        let questions = OpenQuestions(capacity: 128)
        let bob = try StandingFixture.principal("bob")
        for number in 0..<16 {
            let session = "s\(number / 8)"
            #expect(questions.open(try asked("a"), session: session, of: ada, call: call(), now: Self.now) != nil)
        }
        #expect(questions.open(try asked("a"), session: "s2", of: ada, call: call(), now: Self.now) == nil)
        #expect(questions.open(try asked("a"), session: "s3", of: bob, call: call(), now: Self.now) != nil)
    }

    @Test("the answers of a round are bounded together, and a smaller one is still taken")
    func answerBytes() async throws {
        let questions = OpenQuestions(capacity: 8)
        let round = try #require(
            questions.open(try asked("a", "b"), session: "s1", of: ada, call: call(), now: Self.now))
        func long(_ count: Int) -> String {
            #"{"action":"accept","content":{"text":"\#(String(repeating: "x", count: count))"}}"#
        }
        let half = OpenQuestions.maximumAnswerBytes / 2
        try questions.settle(try response(round.ids[0], long(half)), by: nil)
        #expect(throws: ProtocolError.malformedAnswer) {
            try questions.settle(try response(round.ids[1], long(half)), by: nil)
        }
        try questions.settle(try response(round.ids[1]), by: nil)
        #expect(given(await questions.answers(to: round))?.count == 2)
    }

    @Test("whoever gave the last answer is who goes on")
    func answeredBy() async throws {
        let questions = OpenQuestions(capacity: 8)
        let round = try #require(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now))
        let refreshed = try StandingFixture.principal("ada", tokenLasts: 20_000)
        try questions.settle(try response(round.ids[0]), by: refreshed)
        guard case .given(_, _, let caller) = await questions.answers(to: round) else { throw StreamFixture.Refused() }
        #expect(caller == refreshed && caller != ada)
    }

    @Test("rounds are bounded in a session and in all")
    func bounds() throws {
        let questions = OpenQuestions(capacity: OpenQuestions.maximumPerSession + 1)
        let bob = try StandingFixture.principal("bob")
        for _ in 0..<OpenQuestions.maximumPerSession {
            #expect(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now) != nil)
        }
        #expect(questions.open(try asked("a"), session: "s1", of: ada, call: call(), now: Self.now) == nil)
        #expect(questions.open(try asked("a"), session: "s2", of: bob, call: call(), now: Self.now) != nil)
        #expect(questions.open(try asked("a"), session: "s3", of: bob, call: call(), now: Self.now) == nil)
    }
}
