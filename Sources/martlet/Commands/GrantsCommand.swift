import ArgumentParser
import MartletConfiguration
import MartletJSON

struct GrantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants", abstract: "Shows who may do what, and until when.",
        discussion: "Example: martlet grants list --config martlet.yaml", subcommands: [List.self, Compile.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The grants in force in the running gateway.",
            discussion: "Example: martlet grants list --config martlet.yaml")
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var form: AnswerForm

        func run() throws {
            try form.show(from: configuration, "/grants") { answer in
                let grants = answer.member("grants").map { Array($0.elements) } ?? []
                return grants.isEmpty ? "no grants: nothing is allowed" : grants.map(line).joined(separator: "\n")
            }
        }

        private func line(_ grant: JSONValue) -> String {
            let text = { (name: String) in grant[name]?.string ?? "?" }
            let scope = (grant.member("scope").map { Array($0.elements) } ?? []).compactMap(\.string)
            let approval = grant.member("requires_approval")?.bool == true ? "  with approval" : ""
            let words = ["prompt", "resource", "resource_prefix"]
            let other = words.first { grant[$0] != nil }.map { "\($0) \(text($0))" }
            let limits = scope.isEmpty ? "" : "  [\(scope.joined(separator: ", "))]"
            return
                "\(text("role")) → \(text("upstream"))/\(other ?? text("tool"))\(limits)\(approval)  until \(text("expires"))  "
                + "\(text("id"))  (\(text("source")))"
        }
    }
}
