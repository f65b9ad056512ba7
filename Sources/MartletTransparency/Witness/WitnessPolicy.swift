/// Which logs and witnesses are trusted, and how many of the witnesses must have signed. Source: C2SP tlog-policy.
package struct WitnessPolicy: Sendable {
    package struct Witness: Sendable {
        /// Its name within the policy; nothing outside of it.
        package let name: String
        package let verifier: CosignatureVerifier
        /// The submission prefix, as written.
        package let url: String?
    }

    private indirect enum Rule {
        case always
        case witness(String)
        case group(needed: Int, [Rule])

        func holds(_ signed: Set<String>) -> Bool {
            switch self {
            case .always: true
            case .witness(let name): signed.contains(name)
            case .group(let needed, let members): members.count(where: { $0.holds(signed) }) >= needed
            }
        }
    }

    /// Where a policy cannot be read, and why.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Counted from 1; 0 when the file as a whole is meant.
        package let line: Int
        package let problem: String

        package init(line: Int, problem: String) {
            self.line = line
            self.problem = problem
        }

        package var description: String { line == 0 ? problem : "line \(line): \(problem)" }
    }

    /// As it was read; two policies are the same when their texts are.
    package let text: String
    package private(set) var logs: [NoteVerifier] = []
    package private(set) var witnesses: [Witness] = []
    private var rules: [String: Rule] = [:]
    private var quorum: Rule?
    private var members: Set<String> = []
    private static let maximumLines = 1024

    /// Whether the witnesses with these names are enough.
    package func isQuorum(_ signed: Set<String>) -> Bool { quorum?.holds(signed) ?? false }

    /// Reads a policy file.
    package init(_ text: String) throws(Fault) {
        self.text = text
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A }
        guard isPlain, text.utf8.count <= 1 << 18 else {
            throw Fault(line: 0, problem: "control characters, or too large")
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumLines else {
            throw Fault(line: 0, problem: "more than \(Self.maximumLines) lines")
        }
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
            guard let keyword = words.first, !keyword.utf8.starts(with: "#".utf8) else { continue }
            do throws(Problem) {
                try read(keyword, Array(words.dropFirst()))
            } catch {
                throw Fault(line: index + 1, problem: error.text)
            }
        }
        guard quorum != nil else { throw Fault(line: 0, problem: "no quorum line") }
    }

    private struct Problem: Error { let text: String }

    private mutating func read(_ keyword: String, _ words: [String]) throws(Problem) {
        switch (keyword, words.count) {
        case ("log", 1...2): try readLog(words)
        case ("witness", 2...3): try readWitness(words)
        case ("group", 3...): try readGroup(words)
        case ("quorum", 1):
            guard quorum == nil else { throw Problem(text: "a second quorum") }
            quorum = words[0] == "none" ? .always : try rule(words[0])
        case ("log", _), ("witness", _), ("group", _), ("quorum", _):
            throw Problem(text: "\"\(keyword)\" with too few or too many words")
        default: throw Problem(text: "neither log, witness, group nor quorum")
        }
    }

    private mutating func readLog(_ words: [String]) throws(Problem) {
        guard let verifier = NoteVerifier(words[0]) else { throw Problem(text: "not the key of a log (Ed25519)") }
        guard !logs.contains(where: { $0.hasKey(of: verifier) }) else { throw Problem(text: "the same key twice") }
        logs.append(verifier)
    }

    private mutating func readWitness(_ words: [String]) throws(Problem) {
        guard let verifier = CosignatureVerifier(words[1]) else {
            throw Problem(text: "not the key of a witness (Ed25519 cosignature)")
        }
        guard !witnesses.contains(where: { $0.verifier.hasKey(of: verifier) }) else {
            throw Problem(text: "the same key twice")
        }
        try define(words[0], .witness(words[0]))
        witnesses.append(Witness(name: words[0], verifier: verifier, url: words.count == 3 ? words[2] : nil))
    }

    private mutating func readGroup(_ words: [String]) throws(Problem) {
        let names = Array(words[2...])
        var rules: [Rule] = []
        for name in names {
            guard members.insert(name).inserted else { throw Problem(text: "\"\(name)\" is in a group already") }
            rules.append(try rule(name))
        }
        let needed =
            switch words[1] {
            case "all": names.count
            case "any": 1
            default: Decimal.read(words[1].utf8).flatMap { Int(exactly: $0) } ?? 0
            }
        guard (1...names.count).contains(needed) else { throw Problem(text: "no number from 1 to \(names.count)") }
        try define(words[0], .group(needed: needed, rules))
    }

    private mutating func define(_ name: String, _ rule: Rule) throws(Problem) {
        guard name != "none", rules[name] == nil else { throw Problem(text: "\"\(name)\" is a name already") }
        rules[name] = rule
    }

    private func rule(_ name: String) throws(Problem) -> Rule {
        guard let rule = rules[name] else { throw Problem(text: "\"\(name)\" is not defined on a line before") }
        return rule
    }
}

extension WitnessPolicy: Hashable {
    package static func == (left: WitnessPolicy, right: WitnessPolicy) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
