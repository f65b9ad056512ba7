import ArgumentParser
import MartletJSON

struct AuditHoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Legal holds: while one is on, nothing it covers is erased.",
        discussion: "Example: martlet audit hold place --subject zoe --case 2026-C-7 --config martlet.yaml",
        subcommands: [Place.self, Release.self, List.self])

    /// Whom a hold covers, and in which matter.
    struct Cover: ParsableArguments {
        @Option(help: "The person or agent, as its issuer names it.") var subject: String?
        @Option(help: "The issuer, when several know the name.") var issuer: String?
        @Flag(help: "Everybody.") var all = false
        @Option(help: "Your name for the matter.") var `case`: String

        func validate() throws {
            guard (subject == nil) == all else { throw ValidationError("name --subject, or --all") }
        }

        func post(_ path: String, _ configuration: ConfigurationOption, json: Bool, done: String) throws {
            let state = try configuration.state()
            do throws(CommandFailure) {
                let hold = try AdminClient(socket: state.adminSocket).post(path) { writer in
                    if let subject { writer.member("subject", string: subject) }
                    if let issuer { writer.member("issuer", string: issuer) }
                    if all { writer.member("all", bool: true) }
                    writer.member("case", string: `case`)
                }
                Terminal.print(
                    json
                        ? String(decoding: hold.serialized(), as: UTF8.self)
                        : "\(done): \(hold.member("hold")?.string ?? "?")")
            } catch {
                throw error.exit()
            }
        }
    }

    struct Place: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forbids erasing a subject's values, or anybody's, and records it.",
            discussion: """
                Example: martlet audit hold place --all --case 2026-C-7 --config martlet.yaml
                Exit code 0: it is on. 1: refused. 2: usage, or no gateway runs.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var cover: Cover
        @Flag(help: "Print JSON.") var json = false

        func run() throws { try cover.post("/holds", configuration, json: json, done: "on hold") }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a hold, and records it.",
            discussion: """
                Example: martlet audit hold release --subject zoe --case 2026-C-7 --config martlet.yaml
                Exit code 0: it is over. 1: there is no such hold. 2: usage, or no gateway runs.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var cover: Cover
        @Flag(help: "Print JSON.") var json = false

        func run() throws { try cover.post("/holds/release", configuration, json: json, done: "released") }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The holds that are on.",
            discussion: """
                Example: martlet audit hold list --config martlet.yaml
                Exit code 0: also when there is none. 2: usage, or no gateway runs.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try configuration.state()
            do throws(CommandFailure) {
                let answer = try AdminClient(socket: state.adminSocket).get("/holds")
                guard !json else { return Terminal.print(String(decoding: answer.serialized(), as: UTF8.self)) }
                let holds = Array(answer.member("holds")?.elements ?? JSONValue.null.elements)
                if holds.isEmpty { Terminal.print("no hold is on") }
                for hold in holds {
                    Terminal.print(
                        "\(hold.member("hold")?.string ?? "?")  case \(hold.member("case")?.string ?? "?")  "
                            + (hold.member("subject")?.string ?? "everybody"))
                }
            } catch {
                throw error.exit()
            }
        }
    }
}
