import ArgumentParser
import Glibc
import Logging
import MartletConfiguration
import MartletCore
import MartletJSON

/// A gateway on loopback in front of one upstream, with one caller that may do everything the upstream offers.
struct ConformanceGateway {
    let upstream: ConformanceFiles.Upstream
    let era: UpstreamSettings.Era
    let listen: LoopbackAddress
    let tokenFile: String
    /// Whether configuration, state and audit log stay after the end.
    let keepsFiles: Bool

    /// Runs until a termination signal; prints the route once a token for it is in the token file.
    ///
    /// Its files are gone afterwards, however it ends, unless they are to be kept.
    func run() async throws {
        // Before there is a folder: no signal ends the process without removing it.
        _ = TerminationSignal()
        let folder: ConformanceFolder
        do throws(StartFailure) { folder = try ConformanceFolder() } catch { throw fail(error) }
        defer { if keepsFiles { folder.keep() } else { folder.remove() } }
        try await run(ConformanceFiles(directory: folder.path))
    }

    private func run(_ files: ConformanceFiles) async throws {
        var option = ConfigurationOption()
        do throws(StartFailure) {
            try files.write(upstream, era: era, listen: listen)
        } catch {
            throw fail(error)
        }
        option.config = files.configuration
        let asking = try option.load()
        do throws(StartFailure) {
            let offer = try await UpstreamOffer.ask(asking)
            try files.write(grants: offer.entries, until: SystemClock().now().advanced(by: .days(1)))
            Terminal.error(
                "\(offer.entries.count) grants; configuration, state and audit log are in \(files.directory)")
        } catch {
            throw fail(error)
        }
        let tokenFile = tokenFile
        let run = GatewayRun(configuration: try option.load(), threads: nil, logLevel: .warning)
        try await run.run { running in
            do throws(CommandFailure) {
                try Self.mint(AdminClient(socket: running.state.adminSocket), into: tokenFile)
            } catch {
                throw error.exit()
            }
            Terminal.print("\(running.url)/mcp/\(ConformanceFiles.upstream)")
        }
    }

    private static func mint(_ client: AdminClient, into file: String) throws(CommandFailure) {
        let answer = try client.post("/tokens") { writer in
            writer.member("agent", string: ConformanceFiles.agent)
            writer.member("upstream", string: ConformanceFiles.upstream)
        }
        guard let token = answer.member("token")?.string, WholeFile.write(Array(token.utf8), to: file) else {
            throw .usage("cannot write \(file)")
        }
    }

    private func fail(_ failure: StartFailure) -> ExitCode {
        Terminal.error(failure.description)
        return ExitCode(2)
    }
}
