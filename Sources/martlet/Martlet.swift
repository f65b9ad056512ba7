import ArgumentParser
import Glibc
import MartletEgress

/// The command line. Each command is one file in `Commands/`; none of them holds a rule.
@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The security gateway for MCP: enforces what an agent may do, and proves what it did.",
        discussion: """
            Start here: `martlet demo` runs a gateway with a small ERP behind it and prints what to paste.
            Exit codes: 0 yes, 1 a negative answer, 2 usage or configuration.
            """,
        version: RunningGateway.version,
        subcommands: [
            ServeCommand.self, DemoCommand.self, CheckCommand.self, TokenCommand.self, ApprovalsCommand.self,
            GrantsCommand.self, RevokeCommand.self, AuditCommand.self, PolicyCommand.self, ConformanceCommand.self,
            WitnessCommand.self,
        ])

    /// As the library would run it, but with the one exit code for wrong usage that the documentation promises.
    static func main() async {
        // This executable is also the supervisor of each child process, which shares nothing with a gateway.
        ChildSupervisor.takeOver(CommandLine.arguments)
        // First of all: threads inherit it from the one that makes them.
        ThreadScheduling.preferThroughput()
        FreedMemory.keep()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.error(fullMessage(for: error))
            Glibc.exit(2)
        }
    }
}
