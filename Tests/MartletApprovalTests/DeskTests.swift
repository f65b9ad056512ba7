import MartletApproval
import MartletCore
import MartletJSON
import MartletPolicy
import MartletTesting
import Testing

@Suite("The desk")
struct DeskTests {
    let counter = Counter()

    @Test("one approval runs one identical call once, then a new ticket is needed")
    func lifeOfATicket() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        #expect(try await counter.standing(call, 1).isWaiting(ticket))
        _ = try await counter.rule(.approve, ticket, 2)
        let retry = try ApprovalFixture.call(2)
        guard case .approved(let fact, ticket) = try await counter.standing(retry, 3) else {
            Issue.record("not approved")
            return
        }
        #expect(fact.id == ticket.rawValue)
        #expect(fact.approvers == [try ApprovalFixture.subject("olivia")])
        #expect(fact.grantedAt == at(2))
        #expect(fact.expires == at(900))
        #expect(fact.bindingDigest == counter.binding(of: call))
        #expect(try await counter.consume(ticket, retry, 4) == nil)
        #expect(try await counter.consume(ticket, retry, 4) == .alreadyConsumed)
        #expect(try await counter.consume(ticket, try ApprovalFixture.call(3), 4) == .alreadyConsumed)
        #expect(try await counter.opened(try ApprovalFixture.call(4), 5) != ticket)
    }

    @Test("changed arguments need a ticket of their own, and cannot use the approved one")
    func changedArguments() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        _ = try await counter.rule(.approve, ticket, 1)
        let changed = try ApprovalFixture.call(2, arguments: #"{"amount":901,"vendor_id":"V-100"}"#)
        #expect(try await counter.opened(changed, 2) != ticket)
        #expect(try await counter.consume(ticket, changed, 3) == .otherCall)
    }

    @Test("the order of members and white space make no other call")
    func sameMeaning() async throws {
        let ticket = try await counter.opened(try ApprovalFixture.call())
        let again = try ApprovalFixture.call(2, arguments: #"{ "vendor_id" : "V-100", "amount" : 900 }"#)
        #expect(try await counter.standing(again, 1).isWaiting(ticket))
    }

    @Test("a denied call stays denied until the end of its ticket, then may ask again")
    func denied() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        _ = try await counter.rule(.deny, ticket, 1)
        guard case .denied(let request) = try await counter.standing(call, 899) else {
            Issue.record("not denied")
            return
        }
        #expect(request.ticket == ticket)
        #expect(try await counter.consume(ticket, call, 2) == .alreadyDenied)
        #expect(try await counter.opened(call, 900) != ticket)
    }

    @Test("an undecided, expired or unknown ticket runs nothing")
    func notRunnable() async throws {
        let call = try ApprovalFixture.call()
        let ticket = try await counter.opened(call)
        #expect(try await counter.consume(ticket, call, 1) == .notDecided)
        _ = try await counter.rule(.approve, ticket, 2)
        #expect(try await counter.consume(ticket, call, 900) == .expired)
        #expect(try await counter.consume(TicketID(random: SeededRandom(seed: 99)), call, 1) == .unknownTicket)
    }

    @Test("the approver sees exactly what will run")
    func whatTheApproverSees() async throws {
        let call = try ApprovalFixture.call(arguments: #"{"vendor_id":"V-100","amount":9.0e2}"#)
        let ticket = try await counter.opened(call)
        let request = try #require(try await counter.desk.load(ticket))
        let subject = request.subject
        #expect(subject.arguments == #"{"amount":900,"vendor_id":"V-100"}"#)
        #expect(subject.argumentDigest == call.argumentDigest)
        #expect(subject.agent.rawValue == "finance-bot")
        #expect(subject.user?.rawValue == "alice")
        #expect(subject.role.rawValue == "finance_executor")
        #expect(subject.upstream.rawValue == "erp")
        #expect(subject.tool.rawValue == "issue_payment")
        #expect(subject.grant.rawValue == "payments.1")
        #expect(subject.policyDigest == counter.policy)
        #expect(request.expires == at(900))
        #expect(try await counter.desk.list(.inState(.pending)) == [request])
    }

    @Test("a call without arguments is shown as an empty object")
    func noArguments() async throws {
        let ticket = try await counter.opened(try ApprovalFixture.call(arguments: nil))
        #expect(try await counter.desk.load(ticket)?.subject.arguments == "{}")
    }

    @Test("arguments that do not have the digest of the call are refused", arguments: [nil, #"{"amount":1}"#])
    func forgedDigest(arguments: String?) async throws {
        let honest = try ApprovalFixture.call()
        let forged = ToolCall(
            id: honest.id, principal: honest.principal, upstream: honest.upstream, method: honest.method,
            subject: honest.subject,
            arguments: try arguments.map { try JSONValue.parse(Array($0.utf8)) }, argumentDigest: honest.argumentDigest,
            bodyDigest: honest.bodyDigest, model: .unknown, received: honest.received)
        await #expect(throws: ApprovalError.argumentsUnreadable) { try await counter.standing(forged, 0) }
    }

    @Test("a requirement for two approvers is refused, not read as one")
    func quorum() async throws {
        let call = try ApprovalFixture.call()
        let two = try counter.requirement(call, quorum: 2)
        await #expect(throws: ApprovalError.quorumNotSupported(2)) {
            try await counter.desk.standing(for: two, call: call, policy: counter.policy, now: at(0))
        }
    }

    @Test(
        "no ticket opens when only the requester could approve it",
        arguments: [[], ["alice"], ["alice", "Finance-Bot"]])
    func noApprover(approvers: [String]) async throws {
        let call = try ApprovalFixture.call()
        let requirement = try counter.requirement(call, approvers: approvers)
        let standing = try await counter.desk.standing(
            for: requirement, call: call, policy: counter.policy, now: at(0))
        #expect(standing == .refused(.noApprover))
        #expect(try await counter.desk.list(.all).isEmpty)
    }

    @Test("arguments longer than the limit open no ticket", arguments: [(0, true), (1, false)])
    func tooLong(extra: Int, opens: Bool) async throws {
        let text = #"{"memo":""# + String(repeating: "x", count: 100 - 11 + extra) + #""}"#
        let call = try ApprovalFixture.call(arguments: text)
        let desk = ApprovalDesk(store: counter.store, maximumArgumentBytes: 100)
        let standing = try await desk.standing(
            for: counter.requirement(call), call: call, policy: counter.policy, now: at(0))
        #expect((standing != .refused(.argumentsTooLong)) == opens)
    }

    @Test("an agent with too many undecided tickets gets no further one")
    func tooMany() async throws {
        let desk = ApprovalDesk(store: counter.store, limits: PendingLimits(perAgent: 1))
        _ = try await counter.opened(try ApprovalFixture.call())
        let second = try ApprovalFixture.call(2, arguments: "{}")
        let standing = try await desk.standing(
            for: counter.requirement(second), call: second, policy: counter.policy, now: at(0))
        #expect(standing == .refused(.tooManyPending))
    }

    @Test("of many identical retries at once one runs")
    func stampede() async throws {
        let ticket = try await counter.opened(try ApprovalFixture.call())
        _ = try await counter.rule(.approve, ticket, 1)
        let ran = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 10..<60 as Range<UInt64> {
                group.addTask {
                    let call = try ApprovalFixture.call(number)
                    guard case .approved(_, let ticket) = try await counter.standing(call, 2) else { return false }
                    return try await counter.consume(ticket, call, 2) == nil
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(ran == 1)
    }
}
