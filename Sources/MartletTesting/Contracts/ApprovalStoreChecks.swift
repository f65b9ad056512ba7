import MartletApproval
import MartletCore

/// The rules of `ApprovalStoreContract`, one function each.
struct ApprovalStoreChecks {
    let store: any ApprovalStore
    let other: any ApprovalStore
    private let start = ApprovalFixture.start

    func retryFindsTheSameTicket() async throws {
        let first = try ApprovalFixture.request(ticket: 1)
        try expect(try await open(first) == .opened(first), "the first proposal opens")
        let retry = try ApprovalFixture.request(ticket: 2, opened: at(899))
        try expect(try await other.openOrFind(retry, limits: PendingLimits()) == .found(first), "the retry finds it")
        let changed = try ApprovalFixture.request(ticket: 3, binding: "another call")
        try expect(try await open(changed) == .opened(changed), "another call gets its own ticket")
    }

    func deniedStands() async throws {
        let first = try ApprovalFixture.request(ticket: 1)
        _ = try await open(first)
        let denied = try await apply(.rule(.deny, try ApprovalFixture.approver(), at: at(10)), to: first)
        let early = try ApprovalFixture.request(ticket: 2, opened: at(899))
        try expect(try await open(early) == .found(denied), "it stands one second before its end")
        let late = try ApprovalFixture.request(ticket: 3, opened: at(900))
        try expect(try await open(late) == .opened(late), "it does not stand at its end")
        try expect(try await store.load(first.ticket) == denied, "it stays denied")
    }

    func consumedDoesNotStand() async throws {
        let first = try await approved(ticket: 1)
        _ = try await apply(.consume(ApprovalFixture.callID(1), binding: first.binding, at: at(20)), to: first)
        let next = try ApprovalFixture.request(ticket: 2, opened: at(21))
        try expect(try await open(next) == .opened(next), "the next identical call opens a new ticket")
    }

    func overdueGivesWay() async throws {
        let first = try await approved(ticket: 1)
        let next = try ApprovalFixture.request(ticket: 2, opened: at(900))
        try expect(try await open(next) == .opened(next), "a new ticket opens at the end of the old one")
        let old = try await other.load(first.ticket)
        try expect(old?.state == .expired(after: first.state.ruling, at: at(900)), "the old one is expired")
        try expect(try await store.list(.unrecorded, limit: 10).map(\.ticket) == [first.ticket], "and unrecorded")
    }

    func agentLimit() async throws {
        let limits = PendingLimits(perAgent: 2, total: 10)
        for number in 1...2 as ClosedRange<UInt64> {
            let own = try ApprovalFixture.request(ticket: number, binding: "\(number)")
            try expect(try await store.openOrFind(own, limits: limits) == .opened(own), "ticket \(number) opens")
        }
        let third = try ApprovalFixture.request(ticket: 3, binding: "3")
        try expect(try await store.openOrFind(third, limits: limits) == .full(pending: 2), "the third does not")
        try expect(try await store.load(third.ticket) == nil, "and is not kept")
        let others = try ApprovalFixture.request(ticket: 4, binding: "4", agent: "ops-bot")
        try expect(try await store.openOrFind(others, limits: limits) == .opened(others), "another agent is free")
        let retry = try ApprovalFixture.request(ticket: 5, binding: "2")
        guard case .found = try await store.openOrFind(retry, limits: limits) else {
            throw broken("a retry still finds")
        }
        _ = try await apply(.rule(.deny, try ApprovalFixture.approver(), at: start), to: retry, found: 2)
        try expect(try await store.openOrFind(third, limits: limits) == .opened(third), "a decision makes room")
    }

    func totalLimit() async throws {
        let limits = PendingLimits(perAgent: 2, total: 2)
        for number in 1...2 as ClosedRange<UInt64> {
            let own = try ApprovalFixture.request(ticket: number, binding: "\(number)", agent: "bot-\(number)")
            try expect(try await store.openOrFind(own, limits: limits) == .opened(own), "ticket \(number) opens")
        }
        let third = try ApprovalFixture.request(ticket: 3, binding: "3", agent: "bot-3")
        try expect(try await store.openOrFind(third, limits: limits) == .full(pending: 2), "the third does not")
    }

    func dueTicketsDoNotCount() async throws {
        let limits = PendingLimits(perAgent: 1, total: 1)
        let first = try ApprovalFixture.request(ticket: 1, binding: "1")
        _ = try await store.openOrFind(first, limits: limits)
        let early = try ApprovalFixture.request(ticket: 2, binding: "2", opened: at(899))
        try expect(try await store.openOrFind(early, limits: limits) == .full(pending: 1), "full before the end")
        let late = try ApprovalFixture.request(ticket: 2, binding: "2", opened: at(900))
        try expect(try await store.openOrFind(late, limits: limits) == .opened(late), "free at the end")
    }

    func ticketsAreUnique() async throws {
        _ = try await open(try ApprovalFixture.request(ticket: 1, binding: "1"))
        do {
            _ = try await open(try ApprovalFixture.request(ticket: 1, binding: "2"))
        } catch ApprovalStoreError.ticketTaken {
            try expect(try await store.list(.all, limit: 10).count == 1, "nothing was added")
            return
        }
        throw broken("the second use of a ticket is refused")
    }

    func everyFieldComesBack() async throws {
        let olivia = try ApprovalFixture.approver()
        let call = ApprovalFixture.callID(7)
        let plans: [[ApprovalTransition]] = [
            [], [.rule(.approve, olivia, at: at(1))],
            [.rule(.approve, olivia, at: at(1)), .recorded(.approved, leaf: 41)],
            [.rule(.deny, olivia, at: at(1)), .recorded(.denied, leaf: UInt64(Int64.max))],
            [.expire(at: at(900)), .recorded(.expired, leaf: 0)],
            [.rule(.approve, olivia, at: at(1)), .recorded(.approved, leaf: 41), .expire(at: at(901))],
        ]
        for (number, plan) in plans.enumerated() { try await walk(plan, number) }
        let used = try await walk(Array(plans[2]), 90)
        let consumed = try await apply(.consume(call, binding: used.binding, at: at(2)), to: used)
        try expect(try await other.load(used.ticket) == consumed, "a consumed request comes back")
        try expect(consumed.leaf == 41, "with the leaf of its ruling")
    }

    func refusalsChangeNothing() async throws {
        let request = try await approved(ticket: 1)
        let late = ApprovalTransition.consume(ApprovalFixture.callID(1), binding: request.binding, at: at(900))
        try expect(try await store.apply(late, to: request.ticket) == .failure(.expired), "too late")
        let wrong = ApprovalTransition.consume(ApprovalFixture.callID(1), binding: Digest(of: []), at: at(20))
        try expect(try await store.apply(wrong, to: request.ticket) == .failure(.otherCall), "another call")
        try expect(try await other.load(request.ticket) == request, "the request is as it was")
    }

    func unknownTicket() async throws {
        let request = try ApprovalFixture.request()
        let expire = ApprovalTransition.expire(at: at(900))
        try expect(try await store.apply(expire, to: request.ticket) == .failure(.unknownTicket), "refused")
        try expect(try await store.load(request.ticket) == nil, "not found")
    }

    func oneConsumerWins() async throws {
        let request = try await approved(ticket: 1)
        let results = try await race(32) { number, store in
            let use = ApprovalTransition.consume(ApprovalFixture.callID(number), binding: request.binding, at: at(20))
            return try await store.apply(use, to: request.ticket)
        }
        let wins = results.compactMap(\.winner)
        try expect(wins.count == 1, "one of 32 wins, not \(wins.count)")
        try expect(results.count { $0 == .failure(.alreadyConsumed) } == 31, "the others hear that it is used")
        try expect(try await store.load(request.ticket) == wins.first, "the winner's call is kept")
    }

    func oneRulingWins() async throws {
        let request = try ApprovalFixture.request()
        _ = try await open(request)
        let (yes, no) = (try ApprovalFixture.approver("olivia"), try ApprovalFixture.approver("oscar"))
        let results = try await race(16) { number, store in
            let verdict: ApprovalTransition =
                number.isMultiple(of: 2) ? .rule(.approve, yes, at: at(1)) : .rule(.deny, no, at: at(1))
            return try await store.apply(verdict, to: request.ticket)
        }
        let wins = results.compactMap(\.winner)
        try expect(wins.count == 1, "one of 16 wins, not \(wins.count)")
        try expect(try await store.load(request.ticket) == wins.first, "the winner's ruling is kept")
    }

    func oneOpenerWins() async throws {
        let openings = try await race(16) { number, store in
            try await store.openOrFind(try ApprovalFixture.request(ticket: number), limits: PendingLimits())
        }
        let all = try await store.list(.all, limit: 100)
        try expect(all.count == 1, "one request is kept, not \(all.count)")
        let winner = all[0]
        try expect(openings.count { $0 == .opened(winner) } == 1, "one proposal opens it")
        try expect(openings.count { $0 == .found(winner) } == 15, "the others find it")
    }

    func listing() async throws {
        for number in 1...3 as ClosedRange<UInt64> {
            // Opened in falling order of time: the order of arrival counts, a clock may step back.
            _ = try await open(
                try ApprovalFixture.request(ticket: number, binding: "\(number)", opened: at(-Int64(number))))
        }
        let tickets = try (1...3).map { try ApprovalFixture.request(ticket: $0).ticket }
        let ruling = ApprovalTransition.rule(.deny, try ApprovalFixture.approver(), at: at(1))
        _ = try await store.apply(ruling, to: tickets[1])
        func shown(_ filter: ApprovalFilter, _ limit: Int) async throws -> [TicketID] {
            try await other.list(filter, limit: limit).map(\.ticket)
        }
        try expect(try await shown(.all, 10) == [tickets[2], tickets[1], tickets[0]], "the newest first")
        try expect(try await shown(.all, 2) == [tickets[2], tickets[1]], "bounded")
        try expect(try await shown(.all, -1) == [], "a negative limit shows nothing")
        try expect(try await shown(.inState(.pending), 10) == [tickets[2], tickets[0]], "by state")
        try expect(try await shown(.unrecorded, 10) == [tickets[1]], "unrecorded")
        _ = try await store.apply(.recorded(.denied, leaf: 5), to: tickets[1])
        try expect(try await shown(.unrecorded, 10) == [], "nothing is unrecorded any more")
    }

    func forgetting() async throws {
        let own = try ApprovalFixture.request(ticket: 1, actors: ["planner"])
        let waiting = try ApprovalFixture.request(ticket: 2, binding: "2")
        let others = try ApprovalFixture.request(ticket: 3, binding: "3", user: "bob")
        let alone = try ApprovalFixture.request(ticket: 4, binding: "4", agent: "alice", user: nil)
        for request in [own, waiting, others, alone] { _ = try await open(request) }
        let deny = ApprovalTransition.rule(.deny, try ApprovalFixture.approver(), at: at(10))
        for request in [own, others, alone] { _ = try await apply(deny, to: request) }
        let alice = ApprovalPerson(name: try ApprovalFixture.subject("alice"), issuer: own.subject.issuer)
        let stranger = ApprovalPerson(name: alice.name, issuer: "https://other.test")
        try expect(try await store.list(.open(alice), limit: 9).map(\.ticket) == [waiting.ticket], "one is open")
        try expect(try await store.forget(stranger) { _ in true } == 0, "another issuer's name is another person")
        try expect(try await store.forget(alice) { _ in false } == 0, "what is not meant stays")
        try expect(try await store.forget(alice) { _ in true } == 2, "both that are over")
        for ticket in [own.ticket, alone.ticket] {
            let found = try await other.load(ticket)
            guard let left = found else { throw broken("it is still there") }
            try expect(
                left.state.name == .denied && left.state.ruling?.approver.rawValue == "olivia", "its state stays")
            try expect(left.subject.arguments == "\"[erased]\"", "without arguments")
            try expect(
                left.binding != own.binding && left.subject.argumentDigest != own.subject.argumentDigest, "or digests")
            try expect(left.subject.user ?? left.subject.agent == ApprovalFixture.subject("erased"), "or name")
        }
        try expect(try await other.load(waiting.ticket) == waiting, "what is open stays as it is")
        try expect(try await other.load(others.ticket)?.subject == others.subject, "and what others asked")
        try expect(try await store.forget(alice) { _ in true } == 0, "nothing is left")
        let olivia = ApprovalPerson(name: try ApprovalFixture.subject("olivia"), issuer: "https://issuer.test")
        try expect(try await store.forget(olivia) { _ in true } == 3, "an approver is taken out of what was decided")
        let ruled = try await other.load(others.ticket)
        try expect(ruled?.state.ruling?.approver.rawValue == "erased", "and out of the ruling")
        try expect(ruled?.subject == others.subject, "whose arguments stay")
    }

    func discarding() async throws {
        let requests = try (1...5).map { number in
            try ApprovalFixture.request(ticket: UInt64(number), binding: "\(number)", opened: at(Int64(number)))
        }
        for request in requests { _ = try await open(request) }
        let deny = ApprovalTransition.rule(.deny, try ApprovalFixture.approver(), at: at(10))
        // 1 is over and recorded, 2 waits, 3 has no record yet, 4 is as old as the limit, 5 is younger.
        for number in [0, 2, 3, 4] { _ = try await apply(deny, to: requests[number]) }
        for number in [0, 3, 4] { _ = try await store.apply(.recorded(.denied, leaf: 9), to: requests[number].ticket) }
        try expect(try await store.discard(openedBefore: at(4)) == 1, "one of five")
        try expect(try await other.load(requests[0].ticket) == nil, "the oldest is gone")
        let kept = try await other.list(.all, limit: 9).map(\.ticket)
        try expect(kept == requests.dropFirst().reversed().map(\.ticket), "and nothing else")
        try expect(try await store.discard(openedBefore: at(4)) == 0, "nothing is left")
    }

    func expiring() async throws {
        for (number, ttl) in [(1, 300), (2, 100), (3, 200), (4, 900)] as [(UInt64, Int64)] {
            _ = try await open(try ApprovalFixture.request(ticket: number, binding: "\(number)", ttl: ttl))
        }
        let tickets = try (1...4).map { try ApprovalFixture.request(ticket: $0).ticket }
        let first = try await store.expireDue(at: at(300), limit: 2)
        try expect(first.map(\.ticket) == [tickets[1], tickets[2]], "the oldest two")
        try expect(first.allSatisfy { $0.state == .expired(after: nil, at: at(300)) }, "are expired")
        let second = try await other.expireDue(at: at(300), limit: 10)
        try expect(second.map(\.ticket) == [tickets[0]], "then the one that ends now")
        try expect(try await store.expireDue(at: at(899), limit: 10) == [], "the last is not due yet")
    }
}

extension ApprovalStoreChecks {
    private func at(_ seconds: Int64) -> UnixTime { UnixTime(microseconds: start.microseconds + seconds * 1_000_000) }

    private func open(_ request: ApprovalRequest) async throws -> Opening {
        try await store.openOrFind(request, limits: PendingLimits())
    }

    private func approved(ticket: UInt64) async throws -> ApprovalRequest {
        let request = try ApprovalFixture.request(ticket: ticket)
        _ = try await open(request)
        _ = try await apply(.rule(.approve, try ApprovalFixture.approver(), at: at(10)), to: request)
        return try await apply(.recorded(.approved, leaf: 3), to: request)
    }

    @discardableResult
    private func walk(_ plan: [ApprovalTransition], _ number: Int) async throws -> ApprovalRequest {
        let isAlone = number.isMultiple(of: 2)
        var expected = try ApprovalFixture.request(
            ticket: UInt64(number) + 1, binding: "plan \(number)", user: isAlone ? nil : "alice",
            actors: isAlone ? [] : ["planner", "broker"])
        _ = try await open(expected)
        for transition in plan {
            try expected.apply(transition)
            let stored = try await apply(transition, to: expected)
            try expect(stored == expected, "the answer after \(transition)")
        }
        try expect(try await other.load(expected.ticket) == expected, "the request after \(plan)")
        return expected
    }

    private func apply(
        _ transition: ApprovalTransition, to request: ApprovalRequest, found ticket: UInt64? = nil
    ) async throws -> ApprovalRequest {
        let name = try ticket.map { try ApprovalFixture.request(ticket: $0).ticket } ?? request.ticket
        return try await store.apply(transition, to: name).get()
    }

    /// Runs `body` at the same time `count` times, in turn on both connections.
    private func race<Value: Sendable>(
        _ count: UInt64, _ body: @escaping @Sendable (UInt64, any ApprovalStore) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for number in 0..<count {
                let chosen = number.isMultiple(of: 4) || number % 4 == 3 ? store : other
                group.addTask { try await body(number, chosen) }
            }
            var values: [Value] = []
            for try await value in group { values.append(value) }
            return values
        }
    }

    private func broken(_ rule: String) -> ApprovalStoreContract.Violation {
        ApprovalStoreContract.Violation(description: "expected: \(rule)")
    }

    private func expect(_ condition: Bool, _ rule: String) throws {
        guard condition else { throw broken(rule) }
    }
}

extension Result<ApprovalRequest, ApprovalRefusal> {
    fileprivate var winner: ApprovalRequest? {
        guard case .success(let request) = self else { return nil }
        return request
    }
}
