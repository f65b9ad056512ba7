import ArgumentParser

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
            GrantsCommand.self, RevokeCommand.self, AuditCommand.self,
        ])
}
