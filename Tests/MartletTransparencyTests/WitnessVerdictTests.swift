import MartletTransparency
import Testing

@Suite("what a witness answers")
struct WitnessVerdictTests {
    private func verdict(
        _ status: Int, _ body: String, old: UInt64 = 3, size: UInt64 = 7, log: UInt64 = 9
    ) throws -> WitnessVerdict {
        let checkpoint = Checkpoint(origin: "log.test/a", size: size, root: .empty)
        let request = WitnessRequest(old: old, path: [], note: try NoteTests.signer().sign(checkpoint.text))
        let witness = try WitnessTests.Witness()
        return WitnessVerdict(
            status: status, body: Array(body.utf8), to: request, of: checkpoint, logSize: log,
            by: try #require(CosignatureVerifier(witness.verifierKey)))
    }

    @Test("a size above the log means that it was rolled back; one that it has, that another one was named")
    func sizes() throws {
        #expect(try verdict(409, "10\n") == .rolledBack(size: 10))
        #expect(try verdict(409, "9\n") == .known(size: 9))
        #expect(try verdict(409, "5\n") == .known(size: 5))
        #expect(try verdict(409, "0\n", old: 3) == .known(size: 0))
    }

    @Test("another root at the same size, or a proof that does not hold, means that it was rewritten")
    func roots() throws {
        #expect(try verdict(409, "7\n", old: 7, size: 7) == .rewritten(size: 7))
        #expect(try verdict(422, "") == .rewritten(size: 3))
    }

    @Test(
        "whatever else comes is a failure",
        arguments: [
            (409, ""), (409, "x\n"), (409, "-1\n"), (409, "007\n"), (409, "99999999999999999999\n"), (409, "3\n"),
            (200, ""), (200, "\u{2014} witness.test/w1 AAAA\n"), (200, "\u{2014} other.test/w1 AAAA\n"), (404, ""),
            (500, ""), (403, ""), (400, ""),
        ])
    func failures(status: Int, body: String) throws {
        guard case .failed = try verdict(status, body) else {
            Issue.record("\(status) \(body) was taken")
            return
        }
    }

    @Test("a valid line of this witness is kept, with its time, and no other line is")
    func cosigned() throws {
        let (text, witness) = ("log.test/a\n7\n\(MerkleHash.empty)\n", try WitnessTests.Witness())
        let line = try witness.line(text, time: 42)
        let other = try #require(CosignatureSigner(name: "other.test/w", seed: [UInt8](repeating: 3, count: 32)))
        let body = "\(try other.line(for: text, time: 1))\(line)"
        #expect(try verdict(200, body) == .cosigned(lines: line, at: 42))
        #expect(
            try verdict(200, try witness.line("log.test/a\n8\n\(MerkleHash.empty)\n", time: 42))
                != .cosigned(lines: line, at: 42))
    }
}
