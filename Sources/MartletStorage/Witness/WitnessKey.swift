import MartletCore
import MartletTransparency

/// The secret key of a witness, in a file of its own, 0600.
struct WitnessKey {
    let directory: String
    let files: any SegmentFiles

    var path: String { directory + "/witness.key" }

    /// The key that is there, of this name when one is given; else a new one.
    func open(name: String?, random: any RandomSource) throws(SegmentError) -> CosignatureSigner {
        if let signer = try load() {
            guard name == nil || name == signer.name else { throw .foreignLog(origin: signer.name) }
            return signer
        }
        guard let name else { throw .missing(path: path) }
        guard let signer = CosignatureSigner(name: name, seed: random.bytes(32)) else { throw .invalidSettings }
        do throws(FileError) {
            try files.replace(path, with: Array((signer.signerKey + "\n").utf8))
        } catch {
            throw .file(error)
        }
        return signer
    }

    /// nil when there is none.
    func load() throws(SegmentError) -> CosignatureSigner? {
        try refuseExposed()
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try files.contents(of: path) } catch { throw .file(error) }
        guard let bytes else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let signer = CosignatureSigner(signerKey: line) else { throw .malformed(path: path) }
        return signer
    }

    private func refuseExposed() throws(SegmentError) {
        let permissions: UInt32
        do throws(FileError) {
            guard try files.exists(path) else { return }
            let file = try files.open(path, forWriting: false)
            defer { files.close(file) }
            permissions = try files.facts(file).permissions
        } catch {
            throw .file(error)
        }
        guard permissions & 0o077 == 0 else { throw .keyExposed(path: path, permissions: permissions) }
    }
}
