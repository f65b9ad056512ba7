import Glibc
package import MartletCore

/// The program of a stdio upstream: one executable file, its arguments and its whole environment. Never a shell.
///
/// Commands come from the operator's configuration only; no request of an agent or an API leads here.
/// Source: MCP 2026-07-28, Security Best Practices, "Local MCP Server Compromise".
package struct StdioCommand: Sendable {
    /// Absolute or relative path of the file that is executed.
    let executable: String
    /// `argv`, the name as written first.
    let arguments: [String]
    private let environment: [String: Secret]

    /// Finds the file: a name with a slash is used as it is, any other is looked up in the gateway's own `PATH`.
    ///
    /// The child sees `environment` and `PATH`, nothing else of the gateway's environment.
    package init(_ command: [String], environment: [String: Secret] = [:]) throws(EgressError) {
        guard let name = command.first, !name.isEmpty else { throw .badCommand("empty command") }
        guard command.allSatisfy({ !$0.utf8.contains(0) }) else { throw .badCommand("NUL byte in \(name)") }
        for (key, value) in environment {
            guard !key.isEmpty, !key.contains("="), !key.utf8.contains(0), !value.reveal().contains(0) else {
                throw .badCommand("bad environment variable \(key)")
            }
        }
        guard let file = Self.find(name) else { throw .commandNotFound(name) }
        executable = file
        arguments = command
        self.environment = environment
    }

    /// `KEY=value` strings. Called where the process is spawned, and nowhere else.
    func revealEnvironment() -> [[UInt8]] {
        var all = environment.mapValues { $0.reveal() }
        if all["PATH"] == nil { all["PATH"] = Array(Self.searchPath.utf8) }
        return all.map { Array($0.key.utf8) + [UInt8(ascii: "=")] + $0.value }
    }

    private static var searchPath: String {
        getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    }

    static func find(_ name: String) -> String? {
        if name.contains("/") { return isExecutableFile(name) ? name : nil }
        return searchPath.split(separator: ":").map { "\($0)/\(name)" }.first(where: isExecutableFile)
    }

    private static func isExecutableFile(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
