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

    /// Over the bytes of the configuration file and of every file of grants and policies.
    private func digest(of configuration: GatewayConfiguration) throws(StartFailure) -> Digest {
        var text = ""
        let files = Set(configuration.grants.declarations.map(\.file)).union(configuration.policies.files)
        for file in [configuration.file] + files.sorted() {
            guard let bytes = WholeFile.read(file) else { throw StartFailure("cannot read \(file) again") }
            text += "\(file) \(Digest(of: bytes))\n"
        }
        return Digest(of: Array(text.utf8))
    }
}
