import ArgumentParser
import MartletConfiguration
import MartletCore
import MartletJSON

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Issues short-lived tokens of the built-in minter, for pilots.",
        discussion: "Example: martlet token issue --agent finance-bot --upstream erp --ttl 15m",
        subcommands: [Issue.self])

    struct Issue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks the running gateway for a token and prints it; the issue is recorded.",
            discussion: """
                A token is good for one route: that of one upstream, or /mcp with all of them.

                Examples: martlet token issue --agent finance-bot --upstream erp --ttl 15m
                          martlet token issue --agent finance-bot --route /mcp
                          martlet token issue --approver olivia
                """)

        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "The agent the token is for.") var agent: String?
        @Option(help: "The approver the token is for, instead of an agent.") var approver: String?
        @Option(help: "The upstream whose route accepts the token; the only one by default.") var upstream: String?
        @Option(help: "The route that accepts it, instead: /mcp for all upstreams, or /mcp/<upstream>.")
        var route: String?
        @Option(help: "How long it is valid: 30s, 15m, 2h.") var ttl: String?
        @Flag(help: "Print JSON with token id, audience and expiry.") var json = false

        func validate() throws {
            guard (agent == nil) != (approver == nil) else {
                throw ValidationError("name either --agent or --approver")
            }
            guard upstream == nil || route == nil else { throw ValidationError("name either --upstream or --route") }
        }

        func run() throws {
            let state = try configuration.state()
            let seconds = try ttl.map { text in
                guard let duration = Seconds(text: text) else {
                    Terminal.error("--ttl \(text) is no duration; write 30s, 15m or 2h")
                    throw ExitCode(2)
                }
                return duration
            }
            do throws(CommandFailure) {
                let client = AdminClient(socket: state.adminSocket)
                let answer = try client.post("/tokens") { writer in
                    if let agent { writer.member("agent", string: agent) }
                    if let approver { writer.member("approver", string: approver) }
                    if let upstream { writer.member("upstream", string: upstream) }
                    if let route { writer.member("route", string: route) }
                    if let seconds { writer.member("ttl", int: seconds.count) }
                }
                let text = json ? String(decoding: answer.serialized(), as: UTF8.self) : answer.member("token")?.string
                Terminal.print(text ?? "")
            } catch {
                throw error.exit()
            }
        }
    }
}

extension Seconds {
    /// Reads `30s`, `15m`, `2h` or `7d`.
    init?(text: String) {
        guard let unit = text.last, let count = Int64(text.dropLast()), count > 0, count < 1_000_000 else { return nil }
        switch unit {
        case "s": self.init(count)
        case "m": self.init(count * 60)
        case "h": self.init(count * 3600)
        case "d": self.init(count * 86_400)
        default: return nil
        }
    }
}
