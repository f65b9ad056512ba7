import Glibc
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletPolicy

/// Notices that the configuration is another one than at the last start, and puts that on record before it counts.
struct ConfigurationDigest {
    let state: StateDirectory

    func record(_ configuration: GatewayConfiguration, in audit: AuditLog) async throws(StartFailure) {
        let new = try digest(of: configuration)
        let old = WholeFile.read(state.configurationDigest).flatMap { Digest(String(decoding: $0, as: UTF8.self)) }
        guard old != new else { return }
        do {
            _ = try await audit.recordEvent(.configurationChanged(old: old, new: new, file: configuration.file))
        } catch {
            throw StartFailure("the audit log cannot be written: \(error)")
        }
        // Written after the record: a crash in between records the change twice, never not at all.
        guard WholeFile.write(Array(new.description.utf8), to: state.configurationDigest) else {
            throw StartFailure("cannot write \(state.configurationDigest): \(String(cString: strerror(errno)))")
        }
    }

    /// Over the configuration file and the grants as they were read.
    private func digest(of configuration: GatewayConfiguration) throws(StartFailure) -> Digest {
        guard let bytes = WholeFile.read(configuration.file) else {
            throw StartFailure("cannot read \(configuration.file) again")
        }
        let grants = configuration.grants.declarations.map { "\($0.file):\($0.key)\($0.line)" }.sorted()
        return Digest(of: bytes + Array(grants.joined(separator: "\n").utf8))
    }
}

/// Small files in one piece.
enum WholeFile {
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces the file as a whole, mode 0600.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) -> Bool {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { return false }
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        let isSafe = count == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        return isSafe && rename(temporary, path) == 0
    }
}
