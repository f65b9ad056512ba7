import ArgumentParser
import Glibc

/// Checks an audit log from its files alone, for auditors. It links no other part of the gateway than JSON and hashing.
@main
struct MartletVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-verify",
        abstract:
            "Checks a copy of an audit log, an evidence bundle, or the proof of one record, with nothing but its files.",
        discussion: """
            Examples:
              martlet-verify log state/audit --key "$(cat log.vkey)" --since checkpoint.of.yesterday
              martlet-verify bundle CASE-17 --key "$(cat log.vkey)"
              martlet-verify proof 84.tlog-proof --leaf 84.json --key "$(cat log.vkey)"
            The key comes from `martlet audit vkey`, kept where whoever can change the log cannot.
            Exit codes: 0 good, 1 the first fault, 2 usage, or a file that cannot be read.
            """,
        version: "0.1.0", subcommands: [LogCommand.self, ProofCommand.self, BundleCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Output.error(fullMessage(for: error))
            Glibc.exit(2)
        }
    }
}
