import MartletTransparency

/// What others stated about the log of a bundle: witnesses, and authorities of time.
extension BundleVerification {
    private static var note: String { "log/checkpoint.witnessed" }
    private static var tie: String { "log/consistency" }
    private static var policyFile: String { "log/witness.policy" }

    /// The checkpoint that witnesses signed: signed by the log, tied to the one of the bundle, cosigned as a policy asks.
    func checkWitnessed(
        _ listed: Set<String>, _ checkpoint: Checkpoint, _ chain: KeyChain, _ indexes: [UInt64]
    ) throws(BundleFault) -> WitnessedPart? {
        let named = listed.contains(Self.policyFile) ? try policyOfBundle(chain) : nil
        guard listed.contains(Self.note) else {
            // A checker who brings a policy asks for witnesses, and a proof alone is a part of something that was taken away.
            guard policy == nil else { throw BundleFault(file: Self.note, problem: .missing) }
            guard !listed.contains(Self.tie) else { throw BundleFault(file: Self.note, problem: .missing) }
            return nil
        }
        let text = try text(Self.note)
        let witnessed: Checkpoint
        do throws(CheckpointError) { witnessed = try chain.checkpoint(signed: text) } catch {
            throw BundleFault(file: Self.note, problem: .checkpoint(.checkpoint(error)))
        }
        try checkTie(Self.tie, witnessed, checkpoint)
        let names = try checkCosignatures(text, named, chain)
        return WitnessedPart(
            size: witnessed.size, records: indexes.count { $0 < witnessed.size },
            policy: policy != nil ? .own : named != nil ? .bundle : .none, names: names)
    }

    /// The policy in the bundle shows nothing by itself; it must all the same be one, and about this log.
    private func policyOfBundle(_ chain: KeyChain) throws(BundleFault) -> WitnessPolicy {
        let text = try text(Self.policyFile)
        do throws(WitnessPolicy.Fault) {
            let policy = try WitnessPolicy(text)
            try Self.check(policy, chain)
            return policy
        } catch {
            throw BundleFault(file: Self.policyFile, problem: .policy(error))
        }
    }

    private static func check(_ policy: WitnessPolicy, _ chain: KeyChain) throws(WitnessPolicy.Fault) {
        guard !policy.isQuorum([]) else { throw WitnessPolicy.Fault(line: 0, problem: "it asks for no witness") }
        guard chain.verifiers.contains(where: policy.isAbout) else {
            throw WitnessPolicy.Fault(line: 0, problem: "it is about another log")
        }
    }

    private func checkCosignatures(
        _ note: String, _ named: WitnessPolicy?, _ chain: KeyChain
    ) throws(BundleFault) -> [String] {
        guard let applied = policy ?? named else { return [] }
        do throws(WitnessPolicy.Fault) { try Self.check(applied, chain) } catch {
            throw BundleFault(file: Self.note, problem: .policy(error))
        }
        let signed: Set<String>
        do throws(NoteError) { signed = try applied.witnesses(of: note) } catch {
            throw BundleFault(file: Self.note, problem: .checkpoint(.cosignature(error)))
        }
        guard applied.isQuorum(signed) else {
            throw BundleFault(file: Self.note, problem: .quorum(signed: signed.sorted()))
        }
        return signed.sorted()
    }

    /// Each token is about the checkpoint beside it, and that is one of this log. Who signed that checkpoint does not
    /// matter: the token says when its root was known, and the proof that the root is one of this tree.
    func checkTimestamps(
        _ listed: Set<String>, _ checkpoint: Checkpoint, _ indexes: [UInt64]
    ) throws(BundleFault) -> TimestampedPart {
        var sizes: Set<UInt64> = []
        for path in listed {
            for ending in [".tsr", ".checkpoint", ".consistency"] {
                if let size = Self.number(path, "timestamps/", ending) { sizes.insert(size) }
            }
        }
        for size in sizes.sorted() {
            let name = "timestamps/\(size)"
            let note = try text(name + ".checkpoint")
            guard let stamped = Self.stated(note), stamped.size == size else {
                throw BundleFault(file: name + ".checkpoint", problem: .checkpoint(.checkpoint(.malformed)))
            }
            try checkTie(name + ".consistency", stamped, checkpoint)
            let token = try file(name + ".tsr")
            do throws(TimestampRequest.Refusal) {
                try TimestampRequest.check(kept: token, for: Array(note.utf8))
            } catch {
                throw BundleFault(file: name + ".tsr", problem: .timestamp(error))
            }
        }
        let last = sizes.max() ?? 0
        return TimestampedPart(tokens: sizes.count, records: indexes.count { $0 < last })
    }

    /// What a note says, whoever signed it.
    private static func stated(_ note: String) -> Checkpoint? {
        do throws(NoteError) { return Checkpoint(note: try SignedNote(note).text) } catch { return nil }
    }

    /// The proof in a file ties two checkpoints of the log together, the smaller one to the larger one.
    private func checkTie(_ path: String, _ one: Checkpoint, _ other: Checkpoint) throws(BundleFault) {
        let (earlier, later) = one.size <= other.size ? (one, other) : (other, one)
        guard let request = WitnessRequest(try text(path)), request.ties(earlier, to: later) else {
            throw BundleFault(file: path, problem: .notConsistent)
        }
    }

    func text(_ path: String) throws(BundleFault) -> String {
        let bytes = try file(path)
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.elementsEqual(bytes) else { throw BundleFault(file: path, problem: .unreadable("not UTF-8")) }
        return text
    }
}
