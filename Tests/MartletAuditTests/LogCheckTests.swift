import MartletAudit
import MartletCore
import MartletRecords
import MartletTesting
import Testing

/// A sound log has no finding; each rule has a log that breaks it and is found at the right record.
struct LogCheckTests {
    // The records of an approved payment.
    private static let (requested, denied, granted, intent, outcome) = (0, 1, 2, 3, 4)

    private func payment() async throws -> [[UInt8]] {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        try #require(
            try fixture.types() == [.approvalRequested, .callDenied, .approvalGranted, .callIntent, .callOutcome])
        return try await fixture.leavesInClear()
    }

    @Test("who approved is no requester, by pseudonyms as by names")
    func pseudonyms() async throws {
        let fixture = try Fixture()
        try await fixture.approvedPayment()
        #expect(try rules(fixture.store.leaves) == [])
        for other in [try await fixture.recorded("alice"), "planner", "finance-bot"] {
            var leaves = fixture.store.leaves
            leaves[2] = edited(leaves[2], try await fixture.recorded("olivia"), other)
            #expect(try rules(leaves).contains(.fourEyes), "\(other)")
        }
    }

    private func rules(_ leaves: [[UInt8]]) throws -> [LogRule] {
        try Fixture().findings(leaves).map(\.rule)
    }

    @Test("a sound log has no finding")
    func sound() async throws {
        let leaves = try await payment()
        #expect(try rules(leaves) == [])
        #expect(try rules([]) == [])
    }

    @Test("a record of a ruling that was written twice with equal content is sound")
    func repeatedRuling() async throws {
        var leaves = try await payment()
        leaves.insert(leaves[Self.granted], at: Self.granted)
        leaves[5] = edited(leaves[5], #""prev":3"#, #""prev":4"#)
        #expect(try rules(leaves) == [])
    }

    static let breaches: [(LogRule, Int, @Sendable (inout [[UInt8]]) -> Void)] = [
        (.readable, 4, { $0[4] = Array("not json".utf8) }),
        (.outcomeHasIntent, 4, { $0[4] = edited($0[4], #""prev":3"#, #""prev":2"#) }),
        (.outcomeHasIntent, 4, { $0[4] = edited($0[4], Fixture.id(2).rawValue, Fixture.id(9).rawValue) }),
        (.oneOutcome, 5, { $0.append($0[4]) }),
        (.oneIntent, 5, { $0.append(Self.withoutApproval($0[3])) }),
        (.deniedIsNotSent, 5, { $0.append(ofPolicy(edited($0[1], Fixture.id(1).rawValue, Fixture.id(2).rawValue))) }),
        (.approvalRequestedFirst, 2, { $0[0] = edited($0[0], "apr_", "apx_") }),
        (.approvalGranted, 3, { $0[2] = edited($0[2], "apr_", "apx_") }),
        (.approvalGranted, 3, { $0[3] = edited($0[3], "olivia", "oscar") }),
        (.approvalUnambiguous, 3, { $0.insert(edited($0[2], "olivia", "oscar"), at: 3) }),
        (.approvalUnambiguous, 3, { $0.insert(edited($0[2], "approval.granted", "approval.denied"), at: 3) }),
        (.fourEyes, 2, { $0[2] = edited($0[2], "olivia", "alice") }),
        (.fourEyes, 2, { $0[2] = edited($0[2], "olivia", "ALICE") }),
        (.fourEyes, 2, { $0[2] = edited($0[2], "olivia", "planner") }),
        (.fourEyes, 2, { $0[2] = edited($0[2], "olivia", "finance-bot") }),
        (.sameBinding, 3, { $0[2] = edited($0[2], #""binding":"sha256:"#, #""binding":"sha256:f"#) }),
        (.inTime, 3, { $0[3] = edited($0[3], #""t":"2026-11-22T19:00"#, #""t":"2026-11-22T19:15"#) }),
        (.singleUse, 5, { $0.append(edited($0[3], Fixture.id(2).rawValue, Fixture.id(3).rawValue)) }),
    ]

    /// A denial of the same round because of its approval would be that of the same request sent twice at once.
    private static func ofPolicy(_ leaf: [UInt8]) -> [UInt8] {
        edited(leaf, #""stage":"approval""#, #""stage":"policy""#)
    }

    private static func withoutApproval(_ leaf: [UInt8]) -> [UInt8] {
        let text = String(decoding: leaf, as: UTF8.self)
        guard let start = text.range(of: #""approval":{"#), let end = text.range(of: "}},\"sealed\"") else {
            return leaf
        }
        return Array((text[..<start.lowerBound] + #""approval":null},"sealed""# + text[end.upperBound...]).utf8)
    }

    @Test("a breach of each rule is found, at the record that makes it", arguments: breaches.indices)
    func breach(number: Int) async throws {
        let (rule, index, damage) = Self.breaches[number]
        var leaves = try await payment()
        damage(&leaves)
        let findings = try Fixture().findings(leaves)
        #expect(
            findings.contains { $0.rule == rule && $0.index == UInt64(index) },
            "\(rule) at \(index) is not among \(findings)")
    }

    @Test("the breaches cover every rule; those of streams and of authority have their own tests")
    func coverage() {
        let elsewhere: Set<LogRule> = [
            .erasureRequestedFirst, .heldIsNotErased, .holdReleasedOnce, .wordIsAbout,
            .streamEndHasOpening, .oneStreamEnd, .streamEndsInTime, .taskHasCall, .grantInForce, .grantNotExpired,
            .approvalWhereRequired, .policyInForce, .credentialNotExpired, .credentialNotRevoked, .opensAtItsPlace,
            .headIsKept, .heartbeatInPlace, .noPause, .shardEnds, .shardBegins,
        ]
        #expect(Set(Self.breaches.map(\.0)).union(elsewhere) == Set(LogRule.allCases))
    }

    @Test("an open intent is no finding, it is open")
    func open() async throws {
        let leaves = try await payment()
        var check = LogCheck()
        for (index, leaf) in leaves.dropLast().enumerated() { check.takeStrictly(leaf, at: UInt64(index)) }
        #expect(check.findings == [])
        #expect(check.openIntents == [3])
    }
}

extension String {
    /// The first place of `other`, byte for byte.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: other.utf8) {
                return start..<utf8.index(start, offsetBy: other.utf8.count)
            }
            start = utf8.index(after: start)
        }
        return nil
    }
}
