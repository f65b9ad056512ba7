import MartletTransparency
import Testing

@Suite("a policy of logs and witnesses")
struct WitnessPolicyTests {
    private func key(_ byte: UInt8) throws -> String {
        try #require(CosignatureSigner(name: "w.test/\(byte)", seed: [UInt8](repeating: byte, count: 32))).verifierKey
    }

    private func policy(_ rules: String) throws -> WitnessPolicy {
        let witnesses = try ["X1", "X2", "X3", "Y1"].enumerated().map { try "witness \($1) \(key(UInt8($0) + 1))\n" }
        return try WitnessPolicy(witnesses.joined() + rules)
    }

    @Test("the example of the specification")
    func example() throws {
        let policy = try policy(
            """
            # two of X and the one of Y
            group X-witnesses 2 X1 X2 X3
             \tgroup Y-witnesses any Y1

            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y
            """)
        #expect(policy.isQuorum(["X1", "X3", "Y1"]) && policy.isQuorum(["X1", "X2", "X3", "Y1"]))
        #expect(!policy.isQuorum(["X1", "X2", "X3"]) && !policy.isQuorum(["X1", "Y1"]) && !policy.isQuorum([]))
        #expect(policy.witnesses.map(\.name) == ["X1", "X2", "X3", "Y1"])
    }

    @Test("no quorum needs nobody, a single witness just that one, and logs and addresses are kept")
    func simple() throws {
        #expect(try policy("quorum none").isQuorum([]))
        let log = try NoteTests.signer().verifierKey
        let one = try WitnessPolicy("log \(log) https://log.test\nwitness w \(key(1)) https://w.test/\nquorum w\n")
        #expect(one.isQuorum(["w"]) && !one.isQuorum(["v"]))
        #expect(one.logs.map(\.name) == ["log.test/a"] && one.witnesses.first?.url == "https://w.test/")
    }

    @Test("those who signed are named; a signature of one of them that is not valid is an error, others are ignored")
    func signed() throws {
        let policy = try policy("quorum X1\n")
        let signers = try (1...2).map { byte in
            try #require(CosignatureSigner(name: "w.test/\(byte)", seed: [UInt8](repeating: UInt8(byte), count: 32)))
        }
        let note = try NoteTests.signer().sign(WitnessTests.text)
        let lines = try signers.map { try $0.line(for: WitnessTests.text, time: 7) }
        let stranger = try WitnessTests.Witness().line(WitnessTests.text, time: 7)
        #expect(try policy.witnesses(of: note) == [])
        #expect(try policy.witnesses(of: note + lines[0] + stranger) == ["X1"])
        #expect(try policy.witnesses(of: note + lines.joined()) == ["X1", "X2"])
        let wrong = try signers[1].line(for: WitnessTests.text + "more\n", time: 7)
        #expect(throws: NoteError.invalidSignature(of: "w.test/2")) {
            try policy.witnesses(of: note + lines[0] + wrong)
        }
    }

    @Test("what is given to others names one log, and has no comment and no address")
    func forOthers() throws {
        let verifier = try #require(NoteVerifier(try NoteTests.signer().verifierKey))
        let own = try WitnessPolicy(
            """
            # of the inner network
            witness \ta \(key(1)) https://inside.test/
            log \(NoteTests.signer(3).verifierKey) https://log.test
            group g  any a
            quorum g
            """)
        let text = own.text(for: verifier)
        #expect(text == "log \(verifier.verifierKey)\nwitness a \(try key(1))\ngroup g any a\nquorum g\n")
        let read = try WitnessPolicy(text)
        #expect(read.isAbout(verifier) && !own.isAbout(verifier) && !read.isQuorum([]) && read.isQuorum(["a"]))
        #expect(try policy("quorum none").isAbout(verifier), "a policy without logs is about any")
    }

    @Test(
        "what is wrong is named with its line",
        arguments: [
            ("", 0), ("quorum X9", 5), ("quorum none\nquorum none", 6), ("quorum", 5), ("quorum X1 X2", 5),
            ("group g 0 X1\nquorum g", 5), ("group g 3 X1 X2\nquorum g", 5), ("group g 01 X1\nquorum g", 5),
            ("group g any X1 X1\nquorum g", 5), ("group g any X1\ngroup h any X1\nquorum g", 6),
            ("group g any\nquorum g", 5), ("group X1 any X2\nquorum X1", 5), ("group none any X2\nquorum none", 5),
            ("group g any h\ngroup h any X1\nquorum g", 5), ("group g any none\nquorum g", 5), ("quorum none\rx", 0),
            ("witness v nonsense\nquorum none", 5), ("log nonsense\nquorum none", 5), ("sign X1\nquorum none", 5),
        ])
    func faults(rules: String, line: Int) throws {
        do {
            _ = try policy(rules)
            Issue.record("read: \(rules)")
        } catch let fault as WitnessPolicy.Fault {
            #expect(fault.line == line, "\(fault)")
        }
    }

    @Test("the same key under two names is refused")
    func duplicates() throws {
        let (seed, log) = ([UInt8](repeating: 1, count: 32), try NoteTests.signer().verifierKey)
        let other = try #require(CosignatureSigner(name: "w.test/other", seed: seed)).verifierKey
        #expect(throws: WitnessPolicy.Fault.self) {
            try WitnessPolicy("witness a \(key(1))\nwitness b \(other)\nquorum none")
        }
        #expect(throws: WitnessPolicy.Fault.self) { try WitnessPolicy("log \(log)\nlog \(log)\nquorum none") }
    }

    @Test("a witness of ours signs what a verifier of witnesses accepts, and its key is read back")
    func signer() throws {
        let signer = try #require(CosignatureSigner(name: "w.test/1", seed: [UInt8](repeating: 1, count: 32)))
        let verifier = try #require(CosignatureVerifier(signer.verifierKey))
        let note = try NoteTests.signer().sign(WitnessTests.text)
        #expect(try verifier.verify(note + signer.line(for: WitnessTests.text, time: 17)) == 17)
        #expect(CosignatureSigner(signerKey: signer.signerKey)?.verifierKey == signer.verifierKey)
        #expect(CosignatureSigner(signerKey: try NoteTests.signer().signerKey) == nil)
        #expect(NoteSigner(signerKey: signer.signerKey) == nil)
        #expect(throws: NoteError.malformed) { try signer.line(for: WitnessTests.text, time: 1 << 63) }
        #expect(throws: NoteError.malformed) { try signer.line(for: "no newline", time: 1) }
    }
}
