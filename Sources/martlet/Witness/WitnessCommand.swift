import ArgumentParser
import Glibc
import Logging
import MartletServer
import MartletStorage
import MartletTransparency
import NIOCore
import NIOPosix

/// `martlet witness`: signs the checkpoints of other machines' logs.
struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Signs checkpoints of logs, each only when it continues the one before.",
        discussion: "Example: martlet witness serve --name witness.example/w1 --state witness --logs logs.policy",
        subcommands: [WitnessServeCommand.self, WitnessVkeyCommand.self], defaultSubcommand: WitnessServeCommand.self)
}

/// `martlet witness serve`
struct WitnessServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs a witness (C2SP tlog-witness, add-checkpoint) until SIGTERM or SIGINT.",
        discussion: """
            Example: martlet witness serve --name witness.example/w1 --state witness --logs logs.policy --listen 127.0.0.1:8091
            The policy file names the logs in lines "log VKEY" (C2SP tlog-policy) and ends with "quorum none". Run it on another
            machine than the gateway, under another operator: a witness beside its log proves nothing.
            """)

    @Option(help: "The name of the witness, as others know it; the key is made for it at the first start.")
    var name: String
    @Option(help: "Directory for its key and for what it signed; made when missing, 0700.") var state: String
    @Option(help: "Policy file with the logs it signs for.") var logs: String
    @Option(help: "ADDRESS:PORT; port 0 takes a free one.") var listen = "127.0.0.1:8091"
    @Option(help: "PEM file of the certificate chain. Without it, only loopback is listened on.") var certificate:
        String?
    @Option(help: "PEM file of its private key.") var certificateKey: String?

    func run() async throws {
        let settings = try listenerSettings()
        umask(0o077)
        let signals = TerminationSignal()
        let logger = Logger(label: "martlet.witness") { StreamLogHandler.standardError(label: $0) }
        let trusted = try policy().logs
        let witness = try WitnessFiles.told(state) { try LogWitness.open(directory: state, name: name, logs: trusted) }
        let responder = try WitnessResponder(witness, logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener: Listener
        do throws(ListenerError) {
            listener = try await Listener.bind(settings, group: group, responder: responder)
        } catch {
            Terminal.error("listen: \(error)")
            throw ExitCode(2)
        }
        Terminal.print("witness ready on port \(listener.port) (\(witness.verifierKey))")
        await signals.wait(or: { false })
        await listener.close()
        try await group.shutdownGracefully()
    }

    private func listenerSettings() throws -> ListenerSettings {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("--listen takes ADDRESS:PORT") }
        var address = String(listen[..<colon])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard (certificate == nil) == (certificateKey == nil) else {
            throw ValidationError("--certificate and --certificate-key belong together")
        }
        let tls = certificate.flatMap { chain in
            certificateKey.map { TLSFiles(certificateChain: chain, privateKey: $0) }
        }
        guard tls != nil || LoopbackAddress(listen) != nil else {
            throw ValidationError("without --certificate only loopback is listened on")
        }
        return ListenerSettings(
            address: address, port: port, tls: tls, maximumBodyBytes: 64 << 10, maximumHeaderBytes: 16 << 10,
            maximumConnections: 256)
    }

    private func policy() throws -> WitnessPolicy {
        guard let bytes = WholeFile.read(logs), let text = String(validating: bytes, as: UTF8.self) else {
            Terminal.error("\(logs) cannot be read")
            throw ExitCode(2)
        }
        let policy: WitnessPolicy
        do throws(WitnessPolicy.Fault) {
            policy = try WitnessPolicy(text)
        } catch {
            Terminal.error("\(logs): \(error)")
            throw ExitCode(2)
        }
        guard !policy.logs.isEmpty else {
            Terminal.error("\(logs): no log; add a line: log VKEY")
            throw ExitCode(2)
        }
        return policy
    }
}

/// `martlet witness vkey`
struct WitnessVkeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Prints the key that verifies what the witness signs.",
        discussion: "Example: martlet witness vkey --state witness")
    @Option(help: "The directory of the witness.") var state: String

    func run() throws {
        Terminal.print(
            try WitnessFiles.told(state) { try LogWitness.verifierKey(directory: state) })
    }
}

/// Exit code 2 for the files of a witness that cannot be used.
private enum WitnessFiles {
    static func told<Value>(_ state: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SegmentError {
            Terminal.error("witness \(state): \(error)")
            throw ExitCode(2)
        }
    }
}
