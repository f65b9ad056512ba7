import MartletCore
import MartletTransparency

/// The Ed25519 key that signs the checkpoints of one log. Made at the first start, 0600, and never replaced silently.
struct LogKey: Sendable {
    let signer: NoteSigner
    let verifier: NoteVerifier

    /// Loads the key of the log named `origin`; nil when there is none yet.
    static func load(
        origin: String, layout: LogLayout, files: any SegmentFiles
    ) throws(SegmentError) -> LogKey? {
        try refuseExposedKey(layout.signingKey, files)
        guard let text = try CheckpointFile(layout: layout, files: files).text(layout.signingKey) else { return nil }
        let line = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let signer = NoteSigner(signerKey: line), let key = LogKey(signer) else {
            throw .malformed(path: layout.signingKey)
        }
        guard key.verifier.name.utf8.elementsEqual(origin.utf8) else { throw .foreignLog(origin: key.verifier.name) }
        try key.showVerifierKey(layout, files)
        return key
    }

    static func make(
        origin: String, layout: LogLayout, files: any SegmentFiles, random: any RandomSource
    ) throws(SegmentError) -> LogKey {
        guard let signer = NoteSigner(name: origin, seed: random.bytes(32)), let key = LogKey(signer) else {
            throw .invalidSettings
        }
        do throws(FileError) {
            try files.replace(layout.signingKey, with: Array((signer.signerKey + "\n").utf8))
        } catch {
            throw .file(error)
        }
        try key.showVerifierKey(layout, files)
        return key
    }

    /// Puts the public half beside the log when it is not there.
    private func showVerifierKey(_ layout: LogLayout, _ files: any SegmentFiles) throws(SegmentError) {
        let line = Array((signer.verifierKey + "\n").utf8)
        do throws(FileError) {
            guard try files.contents(of: layout.verifierKey) != line else { return }
            try files.replace(layout.verifierKey, with: line, permissions: 0o644)
        } catch {
            throw .file(error)
        }
    }

    private init?(_ signer: NoteSigner) {
        guard let verifier = NoteVerifier(signer.verifierKey) else { return nil }
        self.signer = signer
        self.verifier = verifier
    }

    private static func refuseExposedKey(_ path: String, _ files: any SegmentFiles) throws(SegmentError) {
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
