import ArgumentParser
import Glibc
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletTransparency

/// `--config`, and reading what it names.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config = "martlet.yaml"

    /// The configuration, or exit code 2 with one line for each thing that is wrong.
    func load() throws -> GatewayConfiguration {
        do {
            let loaded = try GatewayConfiguration.load(
                path: config, environment: Self.environment, now: SystemClock().now())
            try findPrograms(of: loaded)
            return loaded
        } catch let error as ConfigurationErrors {
            Terminal.error(error.description)
            throw ExitCode(2)
        }
    }

    /// The state directory alone: for commands that must work although something else in the file is wrong.
    func state() throws -> StateDirectory {
        do {
            return StateDirectory(try GatewayConfiguration.stateLocation(path: config))
        } catch {
            Terminal.error(error.description)
            throw ExitCode(2)
        }
    }

    /// The policy of the witnesses alone, likewise; nil when there are none.
    func witnessPolicy() throws -> WitnessPolicy? {
        do {
            return try GatewayConfiguration.witnessPolicy(path: config)
        } catch {
            Terminal.error(error.description)
            throw ExitCode(2)
        }
    }

    /// Every program of a stdio upstream must be there before anything is opened.
    private func findPrograms(of configuration: GatewayConfiguration) throws {
        for upstream in configuration.upstreams {
            guard case .command(let command, _, _) = upstream.transport else { continue }
            do {
                _ = try StdioCommand(command)
            } catch {
                let name = command.first ?? ""
                Terminal.error(
                    "\(config): upstream \"\(upstream.name)\": no program \"\(name)\"; write its full path, or put it on PATH"
                )
                throw ExitCode(2)
            }
        }
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}

/// What a command prints: answers on standard output, complaints on standard error.
enum Terminal {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Text that has its own last newline.
    static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

extension CommandFailure {
    /// Prints the sentence and gives the exit code that scripts rely on.
    func exit() -> ExitCode {
        switch self {
        case .refused(let text):
            Terminal.error(text)
            return ExitCode(1)
        case .usage(let text):
            Terminal.error(text)
            return ExitCode(2)
        }
    }
}
