import MartletAudit
import MartletCore
import MartletJSON
import MartletTransparency

/// The files of an evidence bundle, put together from a log as outsiders have it and its index.
struct EvidenceBundle {
    private(set) var file: EvidenceCase
    /// What others stated about the log.
    private var others: [OthersStatements.File] = []
    private var parts: [ReportPart] = []
    private var proofs: [UInt64: TlogProof] = [:]
    private var receipts: [UInt64: [UInt8]] = [:]
    private var leaves: [UInt64: [UInt8]] = [:]
    private var disclosures: [UInt64: [UInt8]] = [:]
    private var identities: [String] = []

    init(_ file: EvidenceCase) { self.file = file }

    /// The records that are in it so far.
    var indexes: [UInt64] { leaves.keys.sorted() }

    mutating func add(_ part: ReportPart) {
        if case .call = part { file.calls += 1 }
        parts.append(part)
    }

    /// `receipt` is the proof in the form of COSE, when it could be signed.
    mutating func add(record index: UInt64, _ leaf: [UInt8], _ proof: TlogProof, receipt: [UInt8]?) {
        leaves[index] = leaf
        proofs[index] = proof
        receipts[index] = receipt
        (file.records, file.receipts) = (leaves.count, receipts.count)
    }

    /// An approval of a call that was not chosen.
    mutating func addComparison() { file.compared += 1 }

    mutating func add(_ statements: OthersStatements) {
        others = statements.files
        (file.witnessing, file.timestamps) = (statements.witnessing, statements.timestamps)
    }

    mutating func add(sealed index: UInt64, disclosed: [UInt8]?) {
        file.sealed += 1
        guard let disclosed else { return }
        file.disclosed += 1
        disclosures[index] = disclosed
    }

    /// What opens a pseudonym of the chosen records.
    mutating func add(identity: String) { identities.append(identity) }

    struct Archive {
        let bytes: [UInt8]
        /// SHA-256 of its manifest: what names every other file of it.
        let manifest: String
    }

    /// The bundle as one archive, below a folder of the name of the case; nil when it is too large for one.
    func archive(
        _ values: SealedValues, note: String, verifier: NoteVerifier, rotations: [(path: String, text: String)]
    ) -> Archive? {
        let texts = EvidenceTexts(file)
        var page = EvidencePage(file)
        for part in parts { page.add(part) }
        var files: [(String, [UInt8])] = [
            ("README.txt", Array(texts.readme.utf8)), ("timeline.html", Array(page.html.utf8)),
            ("timeline.jsonl", Array(parts.map { $0.json(values) + "\n" }.joined().utf8)),
            ("CUSTODY.txt", Array(texts.custody.utf8)), ("CERTIFICATION.txt", Array(texts.certification.utf8)),
            ("verify.sh", Array(texts.script.utf8)), ("log/checkpoint", Array(note.utf8)),
            ("log/log.vkey", Array((verifier.verifierKey + "\n").utf8)),
        ]
        files += others.map { ($0.path, $0.bytes) } + rotations.map { ($0.path, Array($0.text.utf8)) }
        for (index, leaf) in leaves.sorted(by: { $0.key < $1.key }) {
            files.append(("records/\(index).json", leaf))
            if let proof = proofs[index] { files.append(("proofs/\(index).tlog-proof", Array(proof.text.utf8))) }
            if let receipt = receipts[index] { files.append(("proofs/\(index).cose", receipt)) }
            if let disclosed = disclosures[index] { files.append(("disclosures/\(index).json", disclosed)) }
        }
        if !identities.isEmpty {
            var writer = JSONWriter()
            writer.beginArray()
            for identity in identities { writer.string(identity) }
            writer.endArray()
            files.append(("identities.json", writer.bytes))
        }
        let manifest = files.map { path, bytes in "\(FileDigest.sha256(bytes))  \(path)\n" }
        let listing = Array(manifest.joined().utf8)
        files.append(("MANIFEST.sha256", listing))
        var archive = ZipArchive()
        for (path, bytes) in files { guard archive.add("\(file.name)/\(path)", bytes) else { return nil } }
        archive.close()
        return Archive(bytes: archive.bytes, manifest: "sha256:" + FileDigest.sha256(listing))
    }
}
