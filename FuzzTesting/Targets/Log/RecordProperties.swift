import MartletJSON
import MartletRecords

/// A log of any leaves is judged, and the same whatever way its leaves come: in one go, in pieces, in other spelling.
enum RecordProperties {
    /// What a log amounts to.
    private struct Judgement: Equatable {
        let findings: [LogFinding]
        let openIntents, openStreams: [UInt64]
        let previous, next: NeighbourLog?
        let trees: [StatedTree]
    }

    private struct Placed {
        let index: UInt64
        let leaf: [UInt8]
        /// Nil when the leaf is none.
        let document: JSONValue?

        init(_ leaf: [UInt8], at index: Int) {
            self.index = UInt64(index)
            self.leaf = leaf
            document = RecordProperties.document(leaf)
        }
    }

    static func check(_ input: [UInt8]) throws(Violation) {
        let leaves = input.split(separator: 0x0A).enumerated().map { Placed(Array($1), at: $0) }
        let judgement = judge(leaves)
        try checkShape(judgement, leaves)
        try checkWays(judgement, leaves)
        checkNumbers(input)
        for placed in leaves { try checkRotation(placed.leaf) }
        for finding in judgement.findings { try checkTold(finding) }
    }

    private static func judge(_ leaves: [Placed], memory: Int? = nil) -> Judgement {
        var check = LogCheck(memory: memory)
        for placed in leaves { check.take(placed.leaf, at: placed.index) }
        return judgement(check, check.findings)
    }

    private static func judgement(_ check: LogCheck, _ findings: [LogFinding]) -> Judgement {
        Judgement(
            findings: findings, openIntents: check.openIntents, openStreams: check.openStreams,
            previous: check.previous, next: check.next, trees: check.statedTrees)
    }

    private static func checkShape(_ judgement: Judgement, _ leaves: [Placed]) throws(Violation) {
        try require(judgement.findings.count <= LogCheck.maximumFindings, "more findings than are kept")
        let places = judgement.findings.map(\.index)
        try require(places == places.sorted() && places.allSatisfy { $0 < UInt64(leaves.count) }, "a finding elsewhere")
        for (open, type) in [(judgement.openIntents, "call.intent"), (judgement.openStreams, "stream.opened")] {
            try require(open == Set(open).sorted(), "what is open is not in the order of the log")
            for index in open {
                guard index < UInt64(leaves.count) else { throw Violation(description: "what is open is not there") }
                let isOpening = leaves[Int(index)].document?.member("type")?.string == type
                try require(isOpening, "record \(index) is open and opens nothing")
            }
        }
        for tree in judgement.trees {
            try require(tree.size <= tree.index && tree.index < UInt64(leaves.count), "a tree of what comes later")
        }
    }

    private static func checkWays(_ judgement: Judgement, _ leaves: [Placed]) throws(Violation) {
        // A memory that just holds all forgets nothing; but for the trees, which then are not kept.
        let bounded = judge(leaves, memory: needed(leaves))
        try require(bounded.findings == judgement.findings, "with memory enough the findings are others")
        try require(bounded.openIntents == judgement.openIntents, "with memory enough other calls are open")
        _ = judge(leaves, memory: 1)
        let spelled = leaves.map { Placed($0.document?.serialized() ?? $0.leaf, at: Int($0.index)) }
        try require(judge(spelled) == judgement, "in another spelling the log is judged otherwise")
        var readable = LogCheck()
        for placed in leaves { if let document = placed.document { readable.take(document, at: placed.index) } }
        let others = judgement.findings.filter { $0.rule != .readable }
        try require(readable.findings == others, "a leaf that is no record changes what others mean")
        let unreadable = leaves.count { $0.document == nil }
        try require(judgement.findings.count - others.count == unreadable, "a leaf is passed over")
        try checkPieces(judgement, leaves)
    }

    /// One of the numbers, which the length of the input determines, at both ends of its range: judged, whatever it says.
    private static func checkNumbers(_ input: [UInt8]) {
        let starts = input.indices.filter { isDigit(input[$0]) && $0 > 0 && input[$0 - 1] == UInt8(ascii: ":") }
        guard !starts.isEmpty else { return }
        let start = starts[input.count % starts.count]
        let end = input[start...].firstIndex { !isDigit($0) } ?? input.count
        for number in [Int64.min, -1, .max] {
            let changed = input[..<start] + Array(String(number).utf8) + input[end...]
            _ = judge(changed.split(separator: 0x0A).enumerated().map { Placed(Array($1), at: $0) })
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// How many calls, ends of calls or approvals there are, whatever is most.
    private static func needed(_ leaves: [Placed]) -> Int {
        let types = leaves.map { $0.document?.member("type")?.string ?? "" }
        let kinds: [Set<String>] = [
            ["call.intent"], ["call.outcome", "call.in_doubt"], ["approval.requested", "approval.granted"],
        ]
        return kinds.map { kind in types.count { kind.contains($0) } }.max() ?? 0
    }

    /// Findings that are taken away, and a copy that goes on, change nothing.
    private static func checkPieces(_ judgement: Judgement, _ leaves: [Placed]) throws(Violation) {
        var (check, findings) = (LogCheck(), [LogFinding]())
        for placed in leaves.prefix(leaves.count / 2) {
            check.take(placed.leaf, at: placed.index)
            findings += check.takeFindings()
        }
        let before = self.judgement(check, findings)
        var copy = check
        for placed in leaves.dropFirst(leaves.count / 2) {
            copy.take(placed.leaf, at: placed.index)
            findings += copy.takeFindings()
        }
        try require(self.judgement(copy, findings) == judgement, "in pieces the log is judged otherwise")
        try require(self.judgement(check, before.findings) == before, "a copy changed what it was made from")
    }

    private static func checkRotation(_ leaf: [UInt8]) throws(Violation) {
        guard let keys = RotationRecord.keys(leaf) else { return }
        let again = RotationRecord.keys(
            record("key.rotated") { writer in
                writer.member("old_vkey", string: keys.old)
                writer.member("new_vkey", string: keys.new)
            })
        let isSame = again.map { isSameText($0.old, keys.old) && isSameText($0.new, keys.new) } ?? false
        try require(isSame, "a replacement of the key is not read as it was printed")
    }

    private static func checkTold(_ finding: LogFinding) throws(Violation) {
        let leaf = record("alert.raised") { writer in
            writer.member("rule", string: finding.rule.rawValue)
            writer.member("record", int: Int64(clamping: finding.index))
        }
        try require(document(leaf).flatMap(ToldFinding.init) == ToldFinding(finding), "a finding is not read as told")
    }

    private static func record(_ type: String, _ derived: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", string: type)
        writer.key("derived")
        writer.beginObject()
        derived(&writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private static func document(_ leaf: [UInt8]) -> JSONValue? {
        attempt { () throws(JSONError) in try JSONValue.parse(leaf) }
    }
}
