import ArgumentParser
import MartletJSON
import MartletStorage
import MartletTransparency

/// `martlet audit rotate-key`: replaces the key that signs the log.
struct AuditRotateKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key", abstract: "Makes the key that signs the log from the next start of the gateway on.",
        discussion: """
            Example: martlet audit rotate-key --config martlet.yaml, then give the printed key to witnesses, then restart.
            The start records key.rotated under the old key; both keys sign from then on. When everybody knows the new one:
            martlet audit rotate-key --retire, and restart. Who holds the old verifier key alone can still check everything.
            Exit code 0: done. 1: --retire, and there is no old key. 2: usage, or no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Remove the old key, which still signs beside the new one.") var retire = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let state = try configuration.state()
        let keys = LogKeys(directory: state.audit, keys: state.keys)
        do throws(SegmentError) {
            guard !retire else { return try retireOldKey(keys) }
            let (old, new) = try keys.prepare()
            Terminal.print(json ? asJSON(old.verifierKey, new.verifierKey) : new.verifierKey)
        } catch {
            Terminal.error("audit log \(state.audit): \(error)")
            throw ExitCode(2)
        }
    }

    private func retireOldKey(_ keys: LogKeys) throws(SegmentError) {
        guard try keys.retire() else {
            Terminal.error("there is no old key")
            Self.exit(withError: ExitCode(1))
        }
        Terminal.print(json ? #"{"retired":true}"# : "the old key signs until the next restart, and never again")
    }

    private func asJSON(_ old: String, _ new: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("old", string: old)
        writer.member("new", string: new)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
