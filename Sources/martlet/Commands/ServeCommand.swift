import ArgumentParser
import Glibc
import Logging
import MartletConfiguration
import NIOCore
import NIOPosix

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the gateway until SIGTERM or SIGINT.",
        discussion: "Example: martlet serve --config martlet.yaml")

    @OptionGroup var configuration: ConfigurationOption
    @Option(help: "Event loops; default one for each core.")
    var threads: Int?
    @Flag(help: "Goes on without a payload key that was lost: what it sealed can never be read again.")
    var newPayloadKey = false

    @Option(
        help: "From which level on is logged: trace, debug, info, notice, warning, error or critical; default notice.",
        transform: Self.level)
    var logLevel: Logger.Level = .notice

    func validate() throws {
        guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads takes 1 to 256") }
    }

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else { throw ValidationError("no level of the log") }
        return level
    }

    func run() async throws {
        let loaded = try configuration.load()
        var run = GatewayRun(configuration: loaded, threads: threads, logLevel: logLevel)
        run.makesPayloadKey = newPayloadKey
        try await run.run { running in
            let environment = "environment \(loaded.environment), posture \(loaded.posture.rawValue)"
            Terminal.print("martlet ready on \(running.url) (\(environment))")
        }
    }
}

/// One gateway in this process, from start to an orderly stop.
struct GatewayRun {
    let configuration: GatewayConfiguration
    let threads: Int?
    let logLevel: Logger.Level
    var makesPayloadKey = false

    /// Calls `whenReady` once connections are accepted, and returns after a termination signal, or when `whenReady`
    /// asks for the end by returning false.
    func run(_ whenReady: @Sendable (RunningGateway) async throws -> Void, untilSignal: Bool = true) async throws {
        // Everything this process makes, its admin socket too, is for its own user.
        umask(0o077)
        let signals = TerminationSignal()
        var logger = Logger(label: "martlet") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = logLevel
        let count = max(1, threads ?? NIOCore.System.coreCount)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let running: RunningGateway
        do throws(StartFailure) {
            running = try await RunningGateway.start(
                configuration, group: group, logger: logger, makesPayloadKey: makesPayloadKey)
        } catch {
            Terminal.error(error.description)
            throw ExitCode(2)
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await running.attend() }
            try await whenReady(running)
            if untilSignal { await signals.wait(or: { running.poison != nil }) }
            tasks.cancelAll()
        }
        await running.stop(reason: running.poison == nil ? "signal" : "log failure")
        try await group.shutdownGracefully()
        // Asked after the stop: its own records may be the ones that cannot be written.
        if let poison = running.poison {
            Terminal.error(poison)
            throw ExitCode(1)
        }
    }
}
