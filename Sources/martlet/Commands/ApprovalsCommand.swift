import ArgumentParser
import MartletAudit
import MartletConfiguration
import MartletJSON

struct ApprovalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approvals", abstract: "Shows and decides the calls that wait for a person.",
        discussion: "Example: martlet approvals approve apr_… --token-file olivia.token",
        subcommands: [List.self, Show.self, Approve.self, Deny.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The newest tickets first.", discussion: "Example: martlet approvals list --config martlet.yaml")
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var form: AnswerForm

        func run() throws {
            try form.show(from: configuration, "/approvals") { answer in
                let all = answer.member("approvals").map { Array($0.elements) } ?? []
                return all.isEmpty ? "no tickets" : all.map(ApprovalText.line).joined(separator: "\n")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One ticket, with the exact arguments.", discussion: "Example: martlet approvals show apr_…")
        @Argument(help: "The ticket, apr_…") var ticket: String
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var form: AnswerForm

        func run() throws { try form.show(from: configuration, "/approvals/\(ticket)", ApprovalText.page) }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Approves exactly the call that the ticket shows.",
            discussion: "Example: martlet approvals approve apr_… --token-file olivia.token")
        @OptionGroup var ruling: RulingOptions
        func run() throws { try ruling.send("approve") }
    }

    struct Deny: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuses the call.",
            discussion: "Example: martlet approvals deny apr_… --token-file olivia.token --comment \"unknown vendor\"")
        @OptionGroup var ruling: RulingOptions
        func run() throws { try ruling.send("deny") }
    }
}

/// What a ruling needs: the ticket, and the approver's own token from a file, never from the command line.
struct RulingOptions: ParsableArguments {
    @Argument(help: "The ticket, apr_…") var ticket: String
    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "File with the approver's token (martlet token issue --approver …).") var tokenFile: String
    @Option(help: "Why; kept with the record.") var comment: String?
    @OptionGroup var form: AnswerForm

    func send(_ verdict: String) throws {
        let state = try configuration.state()
        guard let bytes = WholeFile.read(tokenFile) else {
            Terminal.error("cannot read the token file \(tokenFile)")
            throw ExitCode(2)
        }
        let token = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined()
        do throws(CommandFailure) {
            let client = AdminClient(socket: state.adminSocket, token: token)
            let answer = try client.post("/approvals/\(ticket)/\(verdict)") { writer in
                if let comment { writer.member("comment", string: comment) }
            }
            form.print(answer, ApprovalText.line)
        } catch {
            throw error.exit()
        }
    }
}

/// `--json`, or text for a person.
struct AnswerForm: ParsableArguments {
    @Flag(help: "Print JSON.") var json = false

    func show(from configuration: ConfigurationOption, _ path: String, _ text: (JSONValue) -> String) throws {
        let state = try configuration.state()
        do throws(CommandFailure) {
            let client = AdminClient(socket: state.adminSocket)
            print(try client.get(path), text)
        } catch {
            throw error.exit()
        }
    }

    func print(_ answer: JSONValue, _ text: (JSONValue) -> String) {
        let output = String(decoding: PrintableText.escaped(json: answer.serialized()), as: UTF8.self)
        Terminal.print(json ? output : text(answer))
    }
}

/// How a ticket looks to a person. The arguments are JSON text and hidden characters are shown, so nothing can forge a line.
enum ApprovalText {
    static func line(_ ticket: JSONValue) -> String {
        let by = ticket.member("decided_by")?.string.map { " by \($0)" } ?? ""
        return "\(text(ticket, "ticket"))  \(text(ticket, "state"))\(by)  \(text(ticket, "agent")) → "
            + "\(text(ticket, "upstream"))/\(text(ticket, "tool"))  \(text(ticket, "arguments"))  "
            + "until \(text(ticket, "expires"))"
    }

    static func page(_ ticket: JSONValue) -> String {
        let names = [
            "ticket", "state", "agent", "user", "role", "upstream", "tool", "arguments", "grant", "policy",
            "opened", "expires", "decided_by", "decided_at",
        ]
        return names.compactMap { name in
            ticket[name]?.string.map(PrintableText.escaped).map {
                "\(name)\(String(repeating: " ", count: 12 - name.utf8.count))\($0)"
            }
        }.joined(separator: "\n")
    }

    private static func text(_ ticket: JSONValue, _ name: String) -> String {
        PrintableText.escaped(ticket[name]?.string ?? "?")
    }
}
