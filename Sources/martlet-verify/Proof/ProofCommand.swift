import ArgumentParser
import MartletJSON
import MartletTransparency

/// `martlet-verify proof`
struct ProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Checks that one record stands in a log, from its proof alone (C2SP tlog-proof).",
        discussion: """
            Example: martlet-verify proof 84.tlog-proof --leaf 84.json --key "$(cat log.vkey)"
            `martlet audit proof --index 84 --leaf 84.json` writes both files; the leaf is taken byte for byte.
            Who has a receipt and not the record: --leaf-hash with the `leafHash` of the receipt.
            """)
    @Argument(help: "The proof.") var file: String
    @Option(help: "The file with the exact bytes of the record.") var leaf: String?
    @Option(help: "In place of --leaf: the hash of the record in the tree, 32 bytes in base64.") var leafHash: String?
    @OptionGroup var key: KeyOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let verifier = try key.verifier()
        let hash = try recordHash()
        let bytes = try NamedFile.read(file, limit: 1 << 20)
        do throws(TlogProofError) {
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.utf8.elementsEqual(bytes) else { throw TlogProofError.malformed(line: 1) }
            let proof = try TlogProof(text)
            let checkpoint = try proof.verify(leaf: hash, verifier: verifier)
            Output.print(json ? asJSON(proof.index, checkpoint) : asText(proof.index, checkpoint))
        } catch {
            Output.error("\(file): \(Self.text(error))")
            if json { Output.print(#"{"good":false}"#) }
            throw ExitCode(1)
        }
    }

    private func recordHash() throws -> MerkleHash {
        switch (leaf, leafHash) {
        case (let leaf?, nil): return .leaf(try NamedFile.read(leaf, limit: EntryBundle.maximumLeafBytes))
        case (nil, let text?):
            guard let hash = Base64.decode(text.utf8).flatMap({ MerkleHash(bytes: $0) }) else {
                throw ValidationError("--leaf-hash is not 32 bytes of base64")
            }
            return hash
        case (nil, nil), (_?, _?): throw ValidationError("name the record: --leaf FILE, or --leaf-hash HASH")
        }
    }

    private func asText(_ index: UInt64, _ checkpoint: Checkpoint) -> String {
        "good: it is record \(index) of the \(checkpoint.size) of \(checkpoint.origin)"
    }

    private func asJSON(_ index: UInt64, _ checkpoint: Checkpoint) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: true)
        writer.member("index", int: Int64(clamping: index))
        writer.member("origin", string: checkpoint.origin)
        writer.member("size", int: Int64(clamping: checkpoint.size))
        writer.member("root", string: checkpoint.root.description)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func text(_ error: TlogProofError) -> String {
        switch error {
        case .malformed(let line): "line \(line) is not that of a proof"
        case .checkpoint(let error): "its checkpoint: " + LogFault.text(error)
        case .notIncluded: "the proof does not lead from this record to the root of the checkpoint"
        }
    }
}
