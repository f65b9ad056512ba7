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
        guard let key = try read(layout.signingKey, files) else { return nil }
        guard key.verifier.name.utf8.elementsEqual(origin.utf8) else { throw .foreignLog(origin: key.verifier.name) }
        try key.showVerifierKey(layout, files)
        return key
    }

    /// The key in a file, of whatever log; nil when there is none.
    static func read(_ path: String, _ files: any SegmentFiles) throws(SegmentError) -> LogKey? {
        try refuseExposedKey(path, files)
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try files.contents(of: path) } catch { throw .file(error) }
        guard let bytes else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let line = String(decoding: text.utf8.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard let signer = NoteSigner(signerKey: line), let key = LogKey(signer) else { throw .malformed(path: path) }
        return key
    }

    static func make(
        origin: String, layout: LogLayout, files: any SegmentFiles, random: any RandomSource
    ) throws(SegmentError) -> LogKey {
        let key = try LogKey(origin: origin, random: random)
        do throws(FileError) {
            try files.replace(layout.signingKey, with: key.text)
        } catch {
            throw .file(error)
        }
        try key.showVerifierKey(layout, files)
        return key
    }

    /// A new key, in no file yet.
    init(origin: String, random: any RandomSource) throws(SegmentError) {
        guard let signer = NoteSigner(name: origin, seed: random.bytes(32)), let key = LogKey(signer) else {
            throw .invalidSettings
        }
        self = key
    }

    /// As it stands in its file.
    var text: [UInt8] { Array((signer.signerKey + "\n").utf8) }

    /// Puts the key where it belongs when it lies where releases before kept it. Of two copies the one there is removed.
    static func adopt(_ layout: LogLayout, _ files: any SegmentFiles) throws(SegmentError) {
        guard layout.keys != layout.directory, let former = try read(layout.formerKey, files) else { return }
        let present = try read(layout.signingKey, files)
        do throws(FileError) {
            if present == nil { try files.replace(layout.signingKey, with: former.text) }
            guard present == nil || present?.text == former.text else { return }
            try files.remove(layout.formerKey)
            try files.synchronizeDirectory(layout.directory)
        } catch {
            throw .file(error)
        }
    }

    /// Puts the public half beside the log when it is not there.
    func showVerifierKey(_ layout: LogLayout, _ files: any SegmentFiles) throws(SegmentError) {
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
