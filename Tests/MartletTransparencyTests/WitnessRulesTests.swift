import MartletTransparency
import Testing

@Suite("what a witness signs")
struct WitnessRulesTests {
    private static let leaves = (0..<9).map { MerkleHash.leaf([UInt8($0)]) }

    private func checkpoint(_ size: Int, origin: String = "log.test/a", other: Bool = false) -> Checkpoint {
        var frontier = MerkleFrontier()
        for leaf in Self.leaves.prefix(size) { frontier.append(other ? .node(leaf, leaf) : leaf) }
        return Checkpoint(origin: origin, size: UInt64(size), root: frontier.root)
    }

    private func request(_ old: Int, _ new: Checkpoint, path: [MerkleHash]? = nil) throws -> WitnessRequest {
        let leaves = Array(Self.leaves.prefix(Int(new.size)))
        let path = path ?? (ConsistencyProof.path(first: old, leaves: leaves) ?? [])
        return WitnessRequest(old: UInt64(old), path: path, note: try NoteTests.signer().sign(new.text))
    }

    private func rules() throws -> WitnessRules {
        WitnessRules(logs: [try #require(NoteVerifier(try NoteTests.signer().verifierKey))])
    }

    /// The refusal of a request by a witness that signed `last` before; nil when it signs.
    private func refusal(_ request: WitnessRequest, after last: Checkpoint?) throws -> WitnessRefusal? {
        let rules = try rules()
        do throws(WitnessRefusal) {
            try rules.check(try rules.checkpoint(in: request), of: request, after: last)
            return nil
        } catch {
            return error
        }
    }

    @Test("a log that grows is signed, from nothing, from the empty tree, and at the same size again")
    func growing() throws {
        for (old, new) in [(1, 2), (3, 7), (4, 8), (8, 9), (5, 5)] {
            #expect(try refusal(try request(old, checkpoint(new)), after: checkpoint(old)) == nil, "\(old) to \(new)")
        }
        #expect(try refusal(try request(0, checkpoint(5)), after: nil) == nil)
        #expect(try refusal(try request(0, checkpoint(0)), after: nil) == nil)
        #expect(try refusal(try request(0, checkpoint(5)), after: checkpoint(0)) == nil)
    }

    @Test("another old size than the one signed last is a conflict that names it")
    func conflict() throws {
        #expect(try refusal(try request(0, checkpoint(5)), after: checkpoint(3)) == .conflict(size: 3))
        #expect(try refusal(try request(3, checkpoint(3)), after: checkpoint(5)) == .conflict(size: 5))
        #expect(try refusal(try request(3, checkpoint(5)), after: nil) == .conflict(size: 0))
        #expect(try refusal(try request(5, checkpoint(5, other: true)), after: checkpoint(5)) == .conflict(size: 5))
    }

    @Test("a path that does not tie the trees together is refused")
    func inconsistent() throws {
        #expect(try refusal(try request(3, checkpoint(7, other: true)), after: checkpoint(3)) == .inconsistent)
        #expect(try refusal(try request(3, checkpoint(7), path: []), after: checkpoint(3)) == .inconsistent)
        #expect(try refusal(try request(0, checkpoint(7), path: [.empty]), after: nil) == .inconsistent)
        #expect(try refusal(try request(7, checkpoint(7), path: [.empty]), after: checkpoint(7)) == .inconsistent)
    }

    @Test("unknown logs, unknown keys, an old size above the new one, and notes that are none")
    func refused() throws {
        #expect(try refusal(try request(0, checkpoint(3, origin: "log.test/b")), after: nil) == .unknownLog)
        let other = try #require(NoteSigner(name: "log.test/a", seed: [UInt8](repeating: 77, count: 32)))
        let forged = WitnessRequest(old: 0, path: [], note: try other.sign(checkpoint(3).text))
        #expect(try refusal(forged, after: nil) == .notSigned)
        #expect(
            try refusal(WitnessRequest(old: 4, path: [], note: try request(0, checkpoint(3)).note), after: nil)
                == .malformed)
        #expect(try refusal(WitnessRequest(old: 0, path: [], note: "log.test/a\n3\n"), after: nil) == .malformed)
        let rootless = Checkpoint(origin: "log.test/a", size: 0, root: checkpoint(1).root)
        #expect(try refusal(try request(0, rootless), after: nil) == .malformed)
    }

    @Test("statuses are those of the specification")
    func statuses() {
        let refusals: [WitnessRefusal] = [.malformed, .notSigned, .unknownLog, .conflict(size: 1), .inconsistent]
        #expect(refusals.map(\.status) == [400, 403, 404, 409, 422])
    }

    @Test("a request is read as it is written, and in no other form")
    func form() throws {
        let request = try request(3, checkpoint(7))
        #expect(WitnessRequest(request.text) == request)
        let first = WitnessRequest(old: 0, path: [], note: request.note)
        #expect(WitnessRequest(first.text) == first)
        let hash = MerkleHash.empty.description
        for bad in [
            "", "\n", "old 3\n", "old 3\n\n", "old 03\n\n" + request.note, "old -1\n\n" + request.note,
            "old\n\n" + request.note, "new 3\n\n" + request.note, "old 3\nAAAA\n\n" + request.note,
            "old 3\n" + String(repeating: hash + "\n", count: 64) + "\n" + request.note, "old 3 \n\n" + request.note,
        ] {
            #expect(WitnessRequest(bad) == nil, "\(bad.prefix(20))")
        }
        #expect(WitnessRequest("old 3\n" + String(repeating: hash + "\n", count: 63) + "\n" + request.note) != nil)
    }
}
