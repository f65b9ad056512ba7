import MartletJSON
import MartletTransparency

/// Checks an evidence bundle from its files: the manifest, each record under the signed checkpoint, each disclosure.
///
/// What is told in words (`timeline.html`) is checked no further than its digest: the records are the evidence.
struct BundleVerification<Source: LogSource> {
    let source: Source
    let verifier: NoteVerifier
    /// Whom the checker trusts as witnesses; nil for those that the bundle itself names.
    var policy: WitnessPolicy?
    /// The largest file of a bundle: what is disclosed of one record stays far below.
    private static var limit: Int { 64 << 20 }

    func run() throws(BundleFault) -> BundleReport {
        let listed = try manifest()
        let (chain, checkpoint, signer) = try signed()
        var report = BundleReport(checkpoint: checkpoint)
        var people: Set<String> = []
        var indexes: [UInt64] = []
        // All records have one or none has: the key of the log was at hand or not.
        let hasReceipts = listed.contains { Self.number($0, "proofs/", ".cose") != nil }
        for path in listed.sorted() {
            if let number = Self.number(path, "records/", ".json") {
                people.formUnion(RecordPeople.pseudonyms(of: try checkRecord(number, checkpoint, signer)))
                indexes.append(number)
                if hasReceipts {
                    try checkReceipt(number, checkpoint, signer)
                    report.receipts += 1
                }
            } else if let number = Self.number(path, "disclosures/", ".json") {
                try checkDisclosure(number)
                report.disclosed += 1
            } else if let number = Self.number(path, "proofs/", ".tlog-proof")
                ?? Self.number(path, "proofs/", ".cose")
            {
                // It says nothing without its record.
                guard listed.contains("records/\(number).json") else {
                    throw BundleFault(file: "records/\(number).json", problem: .missing)
                }
            }
        }
        report.records = indexes.count
        guard report.records > 0 else { throw BundleFault(file: "records", problem: .noRecords) }
        if listed.contains(Self.identities) { report.identities = try checkIdentities(people) }
        report.witnessed = try checkWitnessed(listed, checkpoint, chain, indexes)
        report.timestamps = try checkTimestamps(listed, checkpoint, indexes)
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
    private func signed() throws(BundleFault) -> (chain: KeyChain, checkpoint: Checkpoint, by: NoteVerifier) {
        let path = "log/checkpoint"
        let bytes = try file(path)
        let chain: KeyChain
        do throws(LogFault) { chain = try KeyChain(verifier, in: source) } catch {
            throw BundleFault(file: error.file, problem: .checkpoint(error.problem))
        }
        do throws(CheckpointError) {
            let note = String(decoding: bytes, as: UTF8.self)
            guard note.utf8.elementsEqual(bytes) else { throw CheckpointError.note(.malformed) }
            let (checkpoint, signer) = try chain.signed(note)
            return (chain, checkpoint, signer)
        } catch {
            throw BundleFault(file: path, problem: .checkpoint(.checkpoint(error)))
        }
    }

    /// The proof of a record in the form of COSE: the path of its proof, which was checked, signed by the same key.
    private func checkReceipt(
        _ number: UInt64, _ checkpoint: Checkpoint, _ signer: NoteVerifier
    ) throws(BundleFault) {
        let path = "proofs/\(number).cose"
        let text = try text("proofs/\(number).tlog-proof")
        let proof: TlogProof
        do throws(TlogProofError) { proof = try TlogProof(text) } catch {
            throw BundleFault(file: path, problem: .proof(error))
        }
        guard COSEReceipt.isValid(try file(path), for: proof, of: checkpoint, verifier: signer) else {
            throw BundleFault(file: path, problem: .receipt)
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

    func file(_ path: String) throws(BundleFault) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(UnreadableFile) { bytes = try source.read(path, limit: Self.limit) } catch {
            throw BundleFault(file: path, problem: .unreadable(error.reason))
        }
        guard let bytes else { throw BundleFault(file: path, problem: .missing) }
        return bytes
    }

    /// The record that a file is about, written as it is written here and in no other way.
    static func number(_ path: String, _ folder: String, _ ending: String) -> UInt64? {
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
    /// Records with a receipt in the form of COSE.
    var receipts = 0
    var witnessed: WitnessedPart?
    var timestamps = TimestampedPart()
}

/// What of a bundle witnesses vouch for.
struct WitnessedPart: Hashable {
    /// Whose policy was met: the checker's, the one in the bundle, or none at all.
    enum Policy: String { case own, bundle, none }

    /// Records in the checkpoint that they signed.
    let size: UInt64
    /// Records of the bundle among them.
    let records: Int
    let policy: Policy
    let names: [String]
}

/// What of a bundle authorities of time vouch for; their own signatures are not checked here.
struct TimestampedPart: Hashable {
    var tokens = 0
    /// Records of the bundle that one of them covers.
    var records = 0
}
