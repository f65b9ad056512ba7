import ArgumentParser
import MartletAudit
import MartletCore
import MartletJSON

struct AuditResolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Puts on record how a call in doubt ended, after somebody asked the upstream.",
        discussion: """
            Example: martlet audit resolve 01a20b4b-82d8-7a9b-b894-098fbc04ffce --ran --reason "PAY-17 is in the ledger"
            The doubt stays on record; `show` and `timeline` tell the newest word, as asserted. In a closed log nothing is resolved.
            Exit code 0: recorded. 1: refused, e.g. the call is not in doubt. 2: usage, or no gateway runs.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var word: WordOptions
    @Argument(help: "The call, as its records name it.") var call: String
    @Flag(help: "It had its effect.") var ran = false
    @Flag(help: "It had none.") var didNotRun = false

    func validate() throws {
        guard ran != didNotRun else { throw ValidationError("say --ran or --did-not-run") }
        guard CallID(call) != nil else { throw ValidationError("\(call) is no call: see martlet audit search") }
    }

    func run() throws {
        let state = try configuration.state()
        var log = try IndexedLog(state)
        let doubts = try log.entries { filter in
            filter.equal[.call] = call
            filter.equal[.type] = RecordType.callInDoubt.rawValue
        }
        guard let doubt = doubts.last else {
            Terminal.error("call \(call) is not in doubt in this log: see martlet audit show \(call)")
            throw ExitCode(1)
        }
        try word.say("resolved", of: doubt.index, state) { writer in
            writer.member("call", string: call)
            writer.member("ran", bool: ran)
        }
    }
}
