import ArgumentParser
import MartletConfiguration
import MartletJSON

struct RevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Refuses a credential or a subject from now on, also after a restart.",
        discussion: "Example: martlet revoke --subject finance-bot --reason \"key found in a ticket\"")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "Every token of this agent or user.") var subject: String?
    @Option(help: "The token with this jti.") var tokenId: String?
    @Option(help: "The token with this SHA-256 (sha256:…).") var digest: String?
    @Option(help: "Why; kept with the record.") var reason: String

    func validate() throws {
        guard [subject, tokenId, digest].compactMap(\.self).count == 1 else {
            throw ValidationError("name exactly one of --subject, --token-id and --digest")
        }
    }

    func run() throws {
        let state = try configuration.state()
        do throws(CommandFailure) {
            let client = AdminClient(socket: state.adminSocket)
            _ = try client.post("/revocations") { writer in
                if let subject { writer.member("subject", string: subject) }
                if let tokenId { writer.member("token_id", string: tokenId) }
                if let digest { writer.member("digest", string: digest) }
                writer.member("reason", string: reason)
            }
            Terminal.print("revoked")
        } catch {
            throw error.exit()
        }
    }
}
