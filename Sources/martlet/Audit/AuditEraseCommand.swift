import ArgumentParser
import MartletJSON

struct AuditEraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Destroys the keys of a person's sealed values: nobody can read them again, the log still verifies.",
        discussion: """
            Example: martlet audit erase --subject zoe --case T-17 --reason "GDPR Art. 17(1)(b)" --config martlet.yaml
            The running gateway does it, and records erasure.requested, then erasure.executed with the names of the keys. It
            cannot be taken back. Case and reason stand in the record in clear: no names in them.
            Exit code 0: erased. 1: refused (a legal hold, unknown subject), or not finished. 2: usage, or no gateway runs.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "The person, or the agent that acts for nobody, as its issuer names it.") var subject: String
    @Option(help: "The issuer, when several know the name.") var issuer: String?
    @Option(help: "Only what was sealed in this quarter, e.g. 2026-Q4.") var quarter: String?
    @Option(help: "Your name for the matter, e.g. a ticket.") var `case`: String
    @Option(help: "Why: the legal basis.") var reason: String
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let state = try configuration.state()
        do throws(CommandFailure) {
            let answer = try AdminClient(socket: state.adminSocket).post("/erasures") { writer in
                writer.member("subject", string: subject)
                if let issuer { writer.member("issuer", string: issuer) }
                if let quarter { writer.member("quarter", string: quarter) }
                writer.member("case", string: `case`)
                writer.member("reason", string: reason)
            }
            guard !json else { return Terminal.print(String(decoding: answer.serialized(), as: UTF8.self)) }
            let keys = answer.member("keys")?.count ?? 0
            let approvals = answer.member("approvals")?.integer ?? 0
            Terminal.print(
                "erased: \(keys) key\(keys == 1 ? "" : "s") of \(answer.member("subject")?.string ?? "?") destroyed, \(approvals) approvals cleared, "
                    + "\(answer.member("erasure")?.string ?? "?"), record \(answer.member("executed")?.integer ?? 0)")
        } catch {
            throw error.exit()
        }
    }
}
