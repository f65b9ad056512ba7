import Glibc
package import MartletCore
import MartletJSON

/// A file with one of the gateway's own 32-byte keys: one line, mode 0600.
///
/// The line says `ed25519-seed` for every key, also for those that seal: files of earlier releases stay readable.
package struct KeyFile: Sendable {
    package let key: Secret
    /// Whether this call made the file.
    package let isNew: Bool

    private static let prefix = "martlet-ed25519-seed:"

    /// Reads the key at `path`, or makes a new one there if there is no file and `makeIfMissing` says so.
    ///
    /// A file that group or others can touch, that another user owns or that is a symbolic link is refused. Two
    /// processes that start at once end up with the same key. A reader never makes one: a new key opens nothing that an
    /// older one has sealed, and stands where the older one is to be put back.
    package static func open(
        _ path: String, makeIfMissing: Bool, random: any RandomSource = SystemRandomSource()
    ) throws(KeyFileError) -> KeyFile {
        do {
            return KeyFile(key: try read(path), isNew: false)
        } catch {
            guard makeIfMissing, error == .missing(path: path) else { throw error }
        }
        var isNew = true
        do {
            let line = prefix + Base64URL.encode(random.bytes(32)) + "\n"
            try BoundedFile.create(path, bytes: Array(line.utf8), temporaryName: Hex.encode(random.bytes(8)))
        } catch {
            // Another process was faster: its key counts.
            guard error == .system(errno: EEXIST) else { throw KeyFileError(error, path) }
            isNew = false
        }
        return KeyFile(key: try read(path), isNew: isNew)
    }

    private static func read(_ path: String) throws(KeyFileError) -> Secret {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, maximumBytes: 256, forbidding: 0o077, ownedByUs: true)
        } catch {
            throw KeyFileError(error, path)
        }
        guard let key = key(inLine: bytes) else { throw .unusable(path: path) }
        return key
    }

    /// The key of a file's one line, wherever the line comes from.
    package static func key(inLine bytes: [UInt8]) -> Secret? {
        let line = String(decoding: bytes, as: UTF8.self)
        guard line.hasPrefix(prefix), line.hasSuffix("\n"),
            let seed = Base64URL.decode(String(line.dropFirst(prefix.count).dropLast())), seed.count == 32
        else { return nil }
        return Secret(bytes: seed)
    }
}

/// Why a key file cannot be used.
package enum KeyFileError: Error, Hashable, Sendable {
    case missing(path: String)
    /// It can be neither read nor made; `errno` is that of POSIX.
    case unreadable(path: String, errno: Int32)
    /// Group or others have access; `mode` are the permission bits.
    case exposed(path: String, mode: UInt32)
    /// Another user owns it.
    case foreign(path: String)
    /// It holds something else than a key.
    case unusable(path: String)

    fileprivate init(_ failure: BoundedFile.Failure, _ path: String) {
        switch failure {
        case .system(ENOENT): self = .missing(path: path)
        case .system(let errno): self = .unreadable(path: path, errno: errno)
        case .exposed(let mode): self = .exposed(path: path, mode: mode)
        case .foreignOwner: self = .foreign(path: path)
        case .notRegular, .tooLarge: self = .unusable(path: path)
        }
    }
}

extension KeyFileError: CustomStringConvertible {
    /// One sentence with what to do.
    package var description: String {
        switch self {
        case .missing(let path): "\(path) is missing"
        case .unreadable(let path, ELOOP): "\(path) is a symbolic link; put the file itself there"
        case .unreadable(let path, let errno): "\(path) cannot be read or made: \(String(cString: strerror(errno)))"
        case .exposed(let path, let mode):
            "\(path) is open to other users (mode 0\(String(mode, radix: 8))); run: chmod 600 \(path)"
        case .foreign(let path): "\(path) belongs to another user; run the gateway as its owner, or chown it"
        case .unusable(let path): "\(path) holds no key; put back the right file"
        }
    }
}
