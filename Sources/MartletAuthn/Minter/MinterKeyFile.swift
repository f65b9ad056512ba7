import Glibc
package import MartletCore
import MartletJSON

/// The file with the minter's Ed25519 seed: one line, mode 0600, made at the first start.
package enum MinterKeyFile {
    private static let prefix = "martlet-ed25519-seed:"

    /// Reads the seed at `path`, or makes a new one there if there is no file.
    ///
    /// A file that group or others can touch, that another user owns or that is a symbolic link is refused. Two
    /// processes that start at once end up with the same seed.
    package static func open(
        _ path: String, random: any RandomSource = SystemRandomSource()
    ) throws(MinterError) -> Secret {
        do {
            return try read(path)
        } catch {
            guard error == .keyFile(errno: ENOENT) else { throw error }
        }
        do {
            let line = prefix + Base64URL.encode(random.bytes(32)) + "\n"
            try BoundedFile.create(path, bytes: Array(line.utf8), temporaryName: Hex.encode(random.bytes(8)))
        } catch {
            // Another process was faster: its key counts.
            guard error == .system(errno: EEXIST) else { throw minterError(error) }
        }
        return try read(path)
    }

    private static func read(_ path: String) throws(MinterError) -> Secret {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, maximumBytes: 256, forbidding: 0o077, ownedByUs: true)
        } catch {
            throw minterError(error)
        }
        let line = String(decoding: bytes, as: UTF8.self)
        guard line.hasPrefix(prefix), line.hasSuffix("\n"),
            let seed = Base64URL.decode(String(line.dropFirst(prefix.count).dropLast())), seed.count == 32
        else { throw .unusableKey }
        return Secret(bytes: seed)
    }

    private static func minterError(_ failure: BoundedFile.Failure) -> MinterError {
        switch failure {
        case .system(let errno): .keyFile(errno: errno)
        case .exposed(let mode): .keyFileExposed(mode: mode)
        case .foreignOwner: .keyFileForeign
        case .notRegular, .tooLarge: .unusableKey
        }
    }
}
