import ArgumentParser

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Formats, validates, evaluates and translates Cedar policies.",
        discussion: """
            Example: martlet policy validate --schema erp.cedarschema payments.cedar
            Exit codes: 0 yes, 1 a negative answer, 2 usage, or a file that cannot be read.
            """,
        subcommands: [
            PolicyFmtCommand.self, PolicyValidateCommand.self, PolicyEvalCommand.self, PolicyTranslateCommand.self,
            PolicyConformanceCommand.self,
        ])
}
