import MartletApproval
import MartletCore
import MartletTesting
import Testing

/// A request in one of the situations that differ for the rules.
enum Situation: String, CaseIterable {
    case pending
    case approvedUnrecorded
    case approved
    case denied
    case expired
    case consumed

    func request() throws -> ApprovalRequest {
        var request = try ApprovalFixture.request()
        let olivia = try ApprovalFixture.approver()
        switch self {
        case .pending: break
        case .approvedUnrecorded: try request.apply(.rule(.approve, olivia, at: at(1)))
        case .approved, .consumed:
            try request.apply(.rule(.approve, olivia, at: at(1)))
            try request.apply(.recorded(.approved, leaf: 5))
        case .denied: try request.apply(.rule(.deny, olivia, at: at(1)))
        case .expired: try request.apply(.expire(at: at(900)))
        }
        if self == .consumed {
            try request.apply(.consume(ApprovalFixture.callID(1), binding: request.binding, at: at(2)))
        }
        return request
    }
}

func at(_ seconds: Int) -> UnixTime { UnixTime(seconds: ApprovalFixture.start.seconds + Int64(seconds)) }

/// The refusal of `transition`, nil when it was accepted; a refused request must be unchanged.
func refusal(of transition: ApprovalTransition, on request: ApprovalRequest) throws -> ApprovalRefusal? {
    var changed = request
    do {
        try changed.apply(transition)
        return nil
    } catch {
        try #require(changed == request)
        return error
    }
}

@Suite("Transitions of a request")
struct TransitionTests {
    @Test(
        "a ruling is accepted only while pending",
        arguments: [
            (Situation.pending, ApprovalRefusal?.none), (.approvedUnrecorded, .alreadyApproved),
            (.approved, .alreadyApproved), (.denied, .alreadyDenied), (.expired, .expired),
            (.consumed, .alreadyConsumed),
        ], Verdict.allCases)
    func ruling(row: (Situation, ApprovalRefusal?), verdict: Verdict) throws {
        let oscar = try ApprovalFixture.approver("oscar")
        #expect(try refusal(of: .rule(verdict, oscar, at: at(3)), on: row.0.request()) == row.1)
    }

    @Test(
        "a use is accepted only when approved and recorded",
        arguments: [
            (Situation.pending, ApprovalRefusal?.some(.notDecided)), (.approvedUnrecorded, .notRecorded),
            (.approved, nil),
            (.denied, .alreadyDenied), (.expired, .expired), (.consumed, .alreadyConsumed),
        ])
    func use(situation: Situation, expected: ApprovalRefusal?) throws {
        let request = try situation.request()
        let use = ApprovalTransition.consume(ApprovalFixture.callID(2), binding: request.binding, at: at(3))
        #expect(try refusal(of: use, on: request) == expected)
    }

    @Test("even the call that used an approval cannot use it again")
    func usedOnce() throws {
        let request = try Situation.consumed.request()
        let again = ApprovalTransition.consume(ApprovalFixture.callID(1), binding: request.binding, at: at(2))
        #expect(try refusal(of: again, on: request) == .alreadyConsumed)
    }

    @Test("an approval is of no use to another call", arguments: Situation.allCases)
    func otherCall(situation: Situation) throws {
        let use = ApprovalTransition.consume(ApprovalFixture.callID(2), binding: Digest(of: [9]), at: at(3))
        #expect(try refusal(of: use, on: situation.request()) == .otherCall)
    }

    @Test(
        "expiry is written down for what is open, at its end and not before",
        arguments: [
            (Situation.pending, 899, ApprovalRefusal?.some(.notDue)), (.pending, 900, nil), (.approved, 899, .notDue),
            (.approved, 900, nil), (.approvedUnrecorded, 900, nil), (.denied, 900, .alreadyDenied),
            (.expired, 901, .expired), (.consumed, 900, .alreadyConsumed),
        ])
    func expiry(situation: Situation, second: Int, expected: ApprovalRefusal?) throws {
        #expect(try refusal(of: .expire(at: at(second)), on: situation.request()) == expected)
    }

    @Test(
        "neither a ruling nor a use is accepted at the end, though nobody wrote the expiry down",
        arguments: [
            (second: 899, expected: ApprovalRefusal?.none), (second: 900, expected: .expired),
        ])
    func end(second: Int, expected: ApprovalRefusal?) throws {
        let rule = ApprovalTransition.rule(.approve, try ApprovalFixture.approver(), at: at(second))
        #expect(try refusal(of: rule, on: Situation.pending.request()) == expected)
        let approved = try Situation.approved.request()
        let use = ApprovalTransition.consume(ApprovalFixture.callID(2), binding: approved.binding, at: at(second))
        #expect(try refusal(of: use, on: approved) == expected)
        let early = ApprovalTransition.consume(ApprovalFixture.callID(2), binding: approved.binding, at: at(second))
        let undecided = try refusal(of: early, on: Situation.pending.request())
        #expect(undecided == (expected ?? .notDecided))
    }

    @Test(
        "a decision and an expiry are recorded once, under their own name",
        arguments: [
            (Situation.pending, ApprovalState.Name.pending, ApprovalRefusal?.some(.nothingToRecord)),
            (.approvedUnrecorded, .approved, nil), (.approvedUnrecorded, .denied, .nothingToRecord),
            (.approved, .approved, .alreadyRecorded), (.denied, .denied, nil), (.expired, .expired, nil),
            (.expired, .approved, .nothingToRecord), (.consumed, .approved, .nothingToRecord),
            (.consumed, .consumed, .alreadyRecorded),
        ])
    func recording(situation: Situation, name: ApprovalState.Name, expected: ApprovalRefusal?) throws {
        #expect(try refusal(of: .recorded(name, leaf: 8), on: situation.request()) == expected)
    }

    @Test(
        "nobody on the asking side decides, whatever the case of the name and though the grant names them",
        arguments: [
            "finance-bot", "alice", "Alice", "ALICE", "planner", "broker", "Finance-Bot",
        ], Verdict.allCases)
    func selfApproval(name: String, verdict: Verdict) throws {
        let request = try ApprovalFixture.request(approvers: [name, "olivia"])
        let ruling = ApprovalTransition.rule(verdict, try ApprovalFixture.approver(name), at: at(1))
        #expect(try refusal(of: ruling, on: request) == .selfApproval)
    }

    @Test(
        "only the named approvers decide, and with no name nobody does",
        arguments: [
            (["olivia"], ApprovalRefusal?.none), (["oscar"], .approverNotAllowed), (["Olivia"], .approverNotAllowed),
            ([], .approverNotAllowed),
        ])
    func approvers(names: [String], expected: ApprovalRefusal?) throws {
        let request = try ApprovalFixture.request(approvers: names)
        let ruling = ApprovalTransition.rule(.approve, try ApprovalFixture.approver(), at: at(1))
        #expect(try refusal(of: ruling, on: request) == expected)
    }

    @Test("a stranger learns nothing of the state", arguments: Situation.allCases)
    func stranger(situation: Situation) throws {
        let ruling = ApprovalTransition.rule(.approve, try ApprovalFixture.approver("mallory"), at: at(1000))
        #expect(try refusal(of: ruling, on: situation.request()) == .approverNotAllowed)
    }

    @Test("a ruling says who decided, how that was known, and when")
    func evidence() throws {
        let olivia = try ApprovalFixture.approver()
        let ruling = try #require(Situation.consumed.request().state.ruling)
        #expect(ruling.approver == olivia.subject)
        #expect(ruling.issuer == olivia.issuer)
        #expect(ruling.credential == olivia.credential)
        #expect(ruling.at == at(1))
    }

    @Test("an approval that ends unused keeps the ruling and has to be recorded anew")
    func unused() throws {
        var request = try Situation.approved.request()
        let ruling = request.state.ruling
        try request.apply(.expire(at: at(900)))
        #expect(request.state == .expired(after: ruling, at: at(900)))
        #expect(request.isUnrecorded)
    }

    @Test(
        "what stands at a moment",
        arguments: [
            (Situation.pending, true), (.approvedUnrecorded, true), (.approved, true), (.denied, true),
            (.expired, false),
            (.consumed, false),
        ])
    func standing(situation: Situation, stands: Bool) throws {
        let request = try situation.request()
        #expect(request.stands(at: at(899)) == stands)
        #expect(!request.stands(at: at(900)))
    }
}
