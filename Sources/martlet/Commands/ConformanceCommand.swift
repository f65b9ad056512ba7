import ArgumentParser
import Glibc
import MartletConfiguration

struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance", abstract: "Checks that a gateway holds what an intermediary of MCP must hold.",
        discussion: """
            Examples: martlet conformance --url http://127.0.0.1:8440/mcp/erp --token-file finance.token
                      martlet conformance serve --upstream http://127.0.0.1:9000/mcp --token-file client.token
            """,
        subcommands: [Check.self, Serve.self], defaultSubcommand: Check.self)

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs the checks against one route; exit code 1 when one of them is broken.",
            discussion: """
                Sends malformed requests over plain HTTP; never calls a tool that was not named for it.
                Example: martlet conformance --url http://127.0.0.1:8440/mcp/erp --token-file finance.token --json
                """)
        @Option(help: "The route, http://host:port/path.") var url: String
        @Option(help: "A token for the route; without one, only anonymous requests are tried.") var tokenFile: String?
        @Option(help: "A token of another caller for the same route.") var otherTokenFile: String?
        @Option(help: "A token for another route of the same gateway.") var foreignTokenFile: String?
        @Option(help: "A tool that exists and that the caller may not see.") var hiddenTool: String?
        @Option(help: "A tool that asks before it answers, and may be called.") var askingTool: String?
        @Option(help: "A tool with a parameter repeated in a header, and that may be called.") var mirroredTool: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard Target(url) != nil else {
                throw ValidationError("--url takes http://host:port/path; put a plain-HTTP hop before a TLS listener")
            }
        }

        func run() throws {
            guard let target = Target(url) else { throw ExitCode(2) }
            let exchange = RawExchange(target: target)
            guard exchange.isReachable else {
                Terminal.error("nothing answers on \(target.authority)")
                throw ExitCode(2)
            }
            let report = ConformanceReport(
                Prober(
                    exchange: exchange, token: try read(tokenFile), otherToken: try read(otherTokenFile),
                    foreignToken: try read(foreignTokenFile),
                    hiddenTool: hiddenTool, askingTool: askingTool, mirroredTool: mirroredTool))
            Terminal.print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
            if !report.isHeld { throw ExitCode(1) }
        }

        private func read(_ file: String?) throws -> String? {
            guard let file else { return nil }
            guard let bytes = WholeFile.read(file) else {
                Terminal.error("cannot read \(file)")
                throw ExitCode(2)
            }
            return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        }
    }

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Runs a gateway on loopback before one upstream, with one caller that may do all it offers.",
            discussion: """
                For running a conformance suite against the gateway. Prints the route on standard output when it is ready.
                Example: martlet conformance serve --token-file client.token --command python3 server.py
                """)
        @Option(help: "The upstream's URL.") var upstream: String?
        @Option(help: "The upstream's protocol: auto, 2026-07-28 or 2025-11-25.") var era = UpstreamSettings.Era.auto
        @Option(help: "Address and port, loopback only.") var listen = "127.0.0.1:0"
        @Option(help: "Where the caller's token goes, mode 0600.") var tokenFile: String
        @Flag(help: "Leave configuration, state and audit log behind at the end.") var keepFiles = false
        @Option(parsing: .remaining, help: "Instead of --upstream, and last: the program of a stdio upstream.")
        var command: [String] = []

        func validate() throws {
            guard (upstream == nil) != command.isEmpty else {
                throw ValidationError("name either --upstream or --command")
            }
            guard LoopbackAddress(listen) != nil else {
                throw ValidationError("--listen takes 127.0.0.1:PORT, localhost:PORT or [::1]:PORT, nothing else")
            }
        }

        func run() async throws {
            guard let address = LoopbackAddress(listen) else { throw ExitCode(2) }
            let way = upstream.map { ConformanceFiles.Upstream.url($0) } ?? .command(absolute(command))
            try await ConformanceGateway(
                upstream: way, era: era, listen: address, tokenFile: tokenFile, keepsFiles: keepFiles
            ).run()
        }

        /// The configuration is elsewhere: a program named relative to here must still be found.
        private func absolute(_ command: [String]) -> [String] {
            guard let program = command.first, program.contains("/"), !program.hasPrefix("/") else { return command }
            var path = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard getcwd(&path, path.count) != nil else { return command }
            let here = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return ["\(here)/\(program)"] + command.dropFirst()
        }
    }
}

extension UpstreamSettings.Era: ExpressibleByArgument {}
