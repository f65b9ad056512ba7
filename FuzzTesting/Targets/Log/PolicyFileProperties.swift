import MartletTransparency

/// A policy of witnesses: more signatures never make less of it, all of them are always enough, none only where it says so.
enum PolicyFileProperties {
    static func check(_ text: String) throws(Violation) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        let policy: WitnessPolicy
        do throws(WitnessPolicy.Fault) {
            policy = try WitnessPolicy(text)
        } catch {
            return try require((0...lines.count).contains(error.line), "a fault behind the last line")
        }
        try check(policy, needsNobody: needsNobody(lines))
        let commented = attempt { () throws(WitnessPolicy.Fault) in try WitnessPolicy(text + "\n\t# quorum none\n") }
        try require((commented == nil) == (lines.count > 1022), "a comment changes a policy")
        let doubled = attempt { () throws(WitnessPolicy.Fault) in try WitnessPolicy(text + "\nquorum none") }
        try require(doubled == nil, "a policy has two quorums")
    }

    private static func check(_ policy: WitnessPolicy, needsNobody: Bool) throws(Violation) {
        let names = policy.witnesses.map(\.name)
        try require(Set(names).count == names.count, "two witnesses have one name")
        for (number, witness) in policy.witnesses.enumerated() {
            let others = policy.witnesses[(number + 1)...]
            try require(!others.contains { $0.verifier.hasKey(of: witness.verifier) }, "two witnesses have one key")
        }
        try require(policy.isQuorum([]) == needsNobody, "nobody is enough, or not, against the policy")
        try require(policy.isQuorum(Set(names)), "all witnesses are not enough")
        var signed: Set<String> = []
        var wasEnough = policy.isQuorum([])
        for name in names {
            signed.insert(name)
            let isEnough = policy.isQuorum(signed)
            try require(isEnough || !wasEnough, "one more signature is less")
            wasEnough = isEnough
        }
        try require(policy.isQuorum(["nobody of these"]) == needsNobody, "a stranger counts")
    }

    private static func needsNobody(_ lines: [Substring.UTF8View]) -> Bool {
        lines.contains { line in
            let words = line.split { $0 == 0x20 || $0 == 0x09 }
            return words.count == 2 && words[0].elementsEqual("quorum".utf8) && words[1].elementsEqual("none".utf8)
        }
    }
}
