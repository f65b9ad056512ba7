import MartletJSON
import MartletTransparency

/// Checks an evidence bundle from its files: the manifest, each record under the signed checkpoint, each disclosure.
///
/// What is told in words (`timeline.html`) is checked no further than its digest: the records are the evidence.
struct BundleVerification<Source: LogSource> {
    let source: Source
    let verifier: NoteVerifier
    /// The largest file of a bundle: what is disclosed of one record stays far below.
    private static var limit: Int { 64 << 20 }

    func run() throws(BundleFault) -> BundleReport {
        let listed = try manifest()
        let (checkpoint, signer) = try signed()
        var report = BundleReport(checkpoint: checkpoint)
        var people: Set<String> = []
        for path in listed.sorted() {
            if let number = Self.number(path, "records/", ".json") {
                people.formUnion(RecordPeople.pseudonyms(of: try checkRecord(number, checkpoint, signer)))
                report.records += 1
            } else if let number = Self.number(path, "disclosures/", ".json") {
                try checkDisclosure(number)
                report.disclosed += 1
            } else if let number = Self.number(path, "proofs/", ".tlog-proof") {
                // It says nothing without its record.
                guard listed.contains("records/\(number).json") else {
                    throw BundleFault(file: "records/\(number).json", problem: .missing)
                }
            }
        }
        guard report.records > 0 else { throw BundleFault(file: "records", problem: .noRecords) }
        if listed.contains(Self.identities) { report.identities = try checkIdentities(people) }
        return report
    }

    /// The files that the manifest names; each is there, is the one it names, and there is no other.
    private func manifest() throws(BundleFault) -> Set<String> {
        let name = "MANIFEST.sha256"
        let text = String(decoding: try file(name), as: UTF8.self)
        var listed: Set<String> = []
        for (number, line) in text.split(separator: "\n").enumerated() {
            let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, parts[0].utf8.count == 64, parts[1].isEmpty, listed.insert(parts[2]).inserted else {
                throw BundleFault(file: name, problem: .malformed(line: number + 1))
            }
            guard FileDigest.sha256(try file(parts[2])) == parts[0] else {
                throw BundleFault(file: parts[2], problem: .digestDiffers)
            }
        }
        let present: [String]
        do throws(UnreadableFile) { present = try source.paths() } catch {
            throw BundleFault(file: error.path, problem: .unreadable(error.reason))
        }
        if let other = present.first(where: { $0 != name && !listed.contains($0) }) {
            throw BundleFault(file: other, problem: .unlisted)
        }
        return listed
    }

    /// The checkpoint, and the one of the log's keys that signed it: the given one, or one that it vouches for.
    private func signed() throws(BundleFault) -> (checkpoint: Checkpoint, by: NoteVerifier) {
        let path = "log/checkpoint"
        let bytes = try file(path)
        let chain: KeyChain
        do throws(LogFault) { chain = try KeyChain(verifier, in: source) } catch {
            throw BundleFault(file: error.file, problem: .checkpoint(error.problem))
        }
        do throws(CheckpointError) {
            let note = String(decoding: bytes, as: UTF8.self)
            guard note.utf8.elementsEqual(bytes) else { throw CheckpointError.note(.malformed) }
            return try chain.signed(note)
        } catch {
            throw BundleFault(file: path, problem: .checkpoint(.checkpoint(error)))
        }
    }

    private func checkRecord(
        _ number: UInt64, _ checkpoint: Checkpoint, _ signer: NoteVerifier
    ) throws(BundleFault) -> JSONValue {
        let leaf = try file("records/\(number).json")
        let document = try record(number, leaf)
        let path = "proofs/\(number).tlog-proof"
        let bytes = try file(path)
        let (index, reached): (UInt64, Checkpoint)
        do throws(TlogProofError) {
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.utf8.elementsEqual(bytes) else { throw TlogProofError.malformed(line: 1) }
            let proof = try TlogProof(text)
            (index, reached) = (proof.index, try proof.verify(leaf: .leaf(leaf), verifier: signer))
        } catch {
            throw BundleFault(file: path, problem: .proof(error))
        }
        guard index == number else { throw BundleFault(file: path, problem: .otherIndex(index)) }
        guard reached == checkpoint else { throw BundleFault(file: path, problem: .otherCheckpoint) }
        return document
    }

    private static var identities: String { "identities.json" }

    /// Each identity that is disclosed opens a pseudonym of a record; returns how many there are. Source: ADR-0032.
    private func checkIdentities(_ people: Set<String>) throws(BundleFault) -> Int {
        let path = Self.identities
        let bytes = try file(path)
        let list: JSONValue
        do throws(JSONError) { list = try JSONValue.parse(bytes, limits: .response) } catch {
            throw BundleFault(file: path, problem: .unreadable(error.reason))
        }
        let texts = list.elements.compactMap(\.string)
        guard texts.count == list.count, texts.allSatisfy({ people.contains(RecordPeople.pseudonym(opening: $0)) })
        else {
            throw BundleFault(file: path, problem: .notCommitted)
        }
        return texts.count
    }

    private func checkDisclosure(_ number: UInt64) throws(BundleFault) {
        let path = "disclosures/\(number).json"
        let disclosed = try file(path)
        let record = try record(number, try file("records/\(number).json"))
        let isCommitted =
            if let commitment = record.member("sealed")?.member("commitment")?.string {
                commitment == "sha256:" + FileDigest.sha256(disclosed)
            } else {
                Self.isCommitted(disclosed, record)
            }
        guard isCommitted else { throw BundleFault(file: path, problem: .notCommitted) }
    }

    /// Whether a file is a list of disclosures, each of which the record commits to. Source: RFC 9901, section 4.2.3.
    private static func isCommitted(_ file: [UInt8], _ record: JSONValue) -> Bool {
        let digests = Set(record.member("_sd")?.elements.compactMap(\.string) ?? [])
        do {
            let list = try JSONValue.parse(file, limits: .response)
            let texts = list.elements.compactMap(\.string)
            guard !texts.isEmpty, texts.count == list.count else { return false }
            return texts.allSatisfy { digests.contains(Base64URL.encode(FileDigest.bytes(Array($0.utf8)))) }
        } catch {
            return false
        }
    }

    private func record(_ number: UInt64, _ leaf: [UInt8]) throws(BundleFault) -> JSONValue {
        do throws(RecordProblem) {
            return try RecordShape.read(leaf, at: number)
        } catch {
            throw BundleFault(file: "records/\(number).json", problem: .record(error))
        }
    }

    private func file(_ path: String) throws(BundleFault) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(UnreadableFile) { bytes = try source.read(path, limit: Self.limit) } catch {
            throw BundleFault(file: path, problem: .unreadable(error.reason))
        }
        guard let bytes else { throw BundleFault(file: path, problem: .missing) }
        return bytes
    }

    /// The record that a file is about, written as it is written here and in no other way.
    private static func number(_ path: String, _ folder: String, _ ending: String) -> UInt64? {
        guard path.hasPrefix(folder), path.hasSuffix(ending),
            let number = UInt64(path.dropFirst(folder.count).dropLast(ending.count)),
            path == "\(folder)\(number)\(ending)"
        else { return nil }
        return number
    }
}

/// What a bundle amounts to that is good.
struct BundleReport: Hashable {
    let checkpoint: Checkpoint
    var records = 0
    var disclosed = 0
    /// People whose pseudonyms are opened.
    var identities = 0
}
