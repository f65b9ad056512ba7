import ArgumentParser
import Glibc
import Logging
import MartletConfiguration

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "A pilot gateway on loopback with a small ERP behind it, ready to try.",
        discussion: "Examples: martlet demo        martlet demo --story",
        subcommands: [Run.self, ERP.self], defaultSubcommand: Run.self)

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Starts the demo gateway and prints what to paste.", discussion: "Example: martlet demo run")
        @Option(help: "Where the demo keeps its files.") var directory = ".demo"
        @Option(help: "The port; 0 takes any free one.") var port = 8440
        @Flag(help: "Play the first steps, show them, and stop.") var story = false

        func run() async throws {
            // The story has a directory of its own: it must not disturb a demo that is running.
            let files = DemoFiles(directory: story ? directory + "-story" : directory)
            do {
                try files.write(port: story ? 0 : port)
            } catch let failure as StartFailure {
                Terminal.error(failure.description)
                throw ExitCode(2)
            }
            var option = ConfigurationOption()
            option.config = files.configuration
            let loaded = try option.load()
            let demo = GatewayRun(configuration: loaded, threads: 1, logLevel: .warning)
            let story = story
            try await demo.run(
                { running in
                    let guide = DemoGuide(files: files, running: running)
                    do throws(CommandFailure) {
                        let tokens = try guide.mintTokens()
                        if story { try DemoStory(guide: guide, tokens: tokens).play() } else { guide.show(tokens) }
                    } catch {
                        throw error.exit()
                    }
                }, untilSignal: !story)
        }
    }

    struct ERP: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "erp", abstract: "The demo's ERP, an MCP server over standard input and output.",
            discussion: "Example: ERP_LEDGER=ledger.jsonl martlet demo erp")
        func run() throws {
            let status = DemoERP.run()
            if status != 0 { throw ExitCode(status) }
        }
    }
}
