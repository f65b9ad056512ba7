import MartletTransparency

/// What passes between a log and its witnesses: printed as it was read, and believed only with the signature.
enum WitnessProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let text = String(decoding: input, as: UTF8.self)
        let world = try LogWorld.open()
        try checkRequest(text, world)
        try checkRules(Array(text.utf8), world)
        try checkAnswer(Array(text.utf8), world)
        try PolicyFileProperties.check(text)
    }

    private static func checkRequest(_ text: String, _ world: LogWorld) throws(Violation) {
        let read = WitnessRequest(text)
        if let read {
            try require(isSameText(read.text, text), "a request is not printed as it was read")
            try require(
                read.path.count <= 63 && !read.note.isEmpty, "a request without a note, or with too long a path")
            let rules = WitnessRules(logs: [world.verifier])
            if let checkpoint = attempt({ () throws(WitnessRefusal) in try rules.checkpoint(in: read) }) {
                let signed = attempt { () throws(CheckpointError) in
                    try Checkpoint(signed: read.note, by: world.verifier)
                }
                try require(signed == checkpoint, "a witness takes a checkpoint that the log did not sign")
                try require(read.old <= checkpoint.size, "a witness takes a log that shrank")
                for last in [nil, checkpoint] {
                    _ = attempt { () throws(WitnessRefusal) in
                        try rules.check(checkpoint, of: read, after: last)
                    }
                }
            }
        }
        guard !text.utf8.isEmpty else { return }
        let path = (read?.path ?? []) + [MerkleHash.leaf(Array(text.utf8))]
        let written = WitnessRequest(old: UInt64(text.utf8.count), path: path.suffix(63), note: text)
        let again = WitnessRequest(written.text)
        try require(again == written, "a request is not read as it was printed")
        try require(again.map { isSameText($0.note, text) } ?? false, "a request is read with another note")
    }

    /// A log whose leaves are the lines of the input, which grew by some: its witness signs that, and nothing else.
    private static func checkRules(_ input: [UInt8], _ world: LogWorld) throws(Violation) {
        let leaves = input.split(separator: 0x0A, maxSplits: 40, omittingEmptySubsequences: false)
            .map { MerkleHash.leaf(Array($0)) }
        let first = 1 + Int(input.last ?? 0) % leaves.count
        var (frontier, last) = (MerkleFrontier(), MerkleFrontier())
        for (number, leaf) in leaves.enumerated() {
            frontier.append(leaf)
            if number + 1 == first { last = frontier }
        }
        let rules = WitnessRules(logs: [world.rival, world.verifier])
        let request = WitnessRequest(
            old: UInt64(first), path: ConsistencyProof.path(first: first, leaves: leaves) ?? [],
            note: try world.note(size: frontier.size, root: frontier.root))
        let checkpoint = try expect("a log is not known to its witness") { () throws(WitnessRefusal) in
            try rules.checkpoint(in: request)
        }
        func takes(_ size: UInt64, _ root: MerkleHash) -> Bool {
            let last = Checkpoint(origin: LogWorld.origin, size: size, root: root)
            return attempt { () throws(WitnessRefusal) in try rules.check(checkpoint, of: request, after: last) } != nil
        }
        try require(takes(last.size, last.root), "a witness refuses a log that grew")
        try require(!takes(last.size, .node(last.root, .empty)), "a witness signs a log that was rewritten")
        try require(
            !takes(last.size + 1, last.root) && !takes(last.size - 1, last.root), "a witness signs another size")
    }

    private static func checkAnswer(_ body: [UInt8], _ world: LogWorld) throws(Violation) {
        let (old, held) = (UInt64(3), UInt64(9))
        let note = try world.note(size: 5, root: .leaf([5]))
        let request = WitnessRequest(old: old, path: [], note: note)
        guard
            let checkpoint = attempt({ () throws(CheckpointError) in try Checkpoint(signed: note, by: world.verifier) })
        else { throw Violation(description: "the log of the fuzzers is broken") }
        let line = try expect("a checkpoint is not cosigned") { () throws(NoteError) in
            try world.witness.line(for: checkpoint.text, time: 11)
        }
        func verdict(_ status: Int, _ body: [UInt8]) -> WitnessVerdict {
            WitnessVerdict(
                status: status, body: body, to: request, of: checkpoint, logSize: held, by: world.witnessVerifier)
        }
        let start = Array("\u{2014} \(world.witnessVerifier.name) ".utf8)
        let lines = body.split(separator: 0x0A)
        for (answer, isSigned) in [(body, false), (body + [0x0A] + Array(line.utf8), true)] {
            if case .cosigned(let kept, let time) = verdict(200, answer) {
                let ours = attempt { () throws(NoteError) in try world.witness.line(for: checkpoint.text, time: time) }
                try require(ours == kept, "an answer counts that the witness did not sign")
            } else {
                let isFlooded = lines.count { $0.starts(with: start) } >= 8
                try require(!isSigned || isFlooded, "the signature of a witness is not found")
            }
        }
        for size in [NoteModel.number(body.last == 0x0A ? Array(body.dropLast()) : body), 0, 3, 4, 8, 9, 10, .max] {
            let answer = size.map { Array(String($0).utf8) } ?? body
            let read = verdict(409, answer)
            let isRead =
                switch read {
                case .rolledBack(let known): known == size && known > held
                case .known(let known): known == size && known <= held && known != old
                case .failed: size == nil || size == old
                case .cosigned, .rewritten: false
                }
            try require(isRead, "a conflict is read as \(read)")
        }
    }
}
