import Glibc
import Logging
import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOPosix

/// Child processes for tests: `/bin/sh` scripts that speak JSON-RPC lines.
enum Script {
    /// Reads messages; `cases` are the branches of a `case` over the whole line, with the message's `$id`.
    static func loop(_ cases: String, before: String = "") -> [String] {
        let text = """
            reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$1" "$2"; }
            refuse() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"no"}}\\n' "$1" "$2"; }
            text() { reply "$1" '{"content":[{"type":"text","text":"'"$2"'"}]}'; }
            \(before)
            while read -r line; do
              id=${line#*\\"id\\":}; id=${id%%,*}
              case $line in
              \(cases)
              *) refuse "$id" -32601;;
              esac
            done
            """
        return ["/bin/sh", "-c", text]
    }

    static let discover = #"*'"server/discover"'*) reply "$id" '{"supportedVersions":["2026-07-28"]}';;"#
    static let initialize =
        #"*'"initialize"'*) reply "$id" '{"protocolVersion":"2025-11-25","capabilities":{}}';;"#
        + "\n" + #"*'"notifications/initialized"'*) ready=yes;;"#
    static let cancelled = #"*'"notifications/cancelled"'*) gaveup=$line;;"#
    static func tool(_ name: String, _ body: String) -> String { #"*'"name":"\#(name)"'*) \#(body);;"# }
    static let echo = tool(
        "echo",
        #"arguments=${line#*\"arguments\":}; reply "$id" "{\"content\":[],\"structuredContent\":${arguments%%\}*}}}""#)
    static let list = #"*'"tools/list"'*) reply "$id" '{"tools":[{"name":"echo","inputSchema":{"type":"object"}}]}';;"#
}

extension Fixture {
    /// A child with `script`, in the modern era unless told otherwise, and its end.
    static func withChild(
        _ script: [String], era: EraChoice = .fixed(.modern), environment: [String: Secret] = [:],
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ change: (inout StdioUpstreamSettings) -> Void = { _ in }, body: (StdioUpstream) async throws -> Void
    ) async throws {
        var settings = StdioUpstreamSettings(
            command: try StdioCommand(script, environment: environment),
            supervision: ChildSupervision(executable: supervisor))
        settings.era = era
        settings.timeout = .seconds(10)
        settings.grace = .milliseconds(100)
        settings.firstRestartDelay = .milliseconds(1)
        settings.longestRestartDelay = .milliseconds(20)
        change(&settings)
        let upstream = StdioUpstream(id: try upstreamID(), settings: settings, group: group, logger: logger)
        do {
            try await body(upstream)
        } catch {
            await upstream.close()
            throw error
        }
        await upstream.close()
    }

    /// The program itself, which `swift build --build-tests` has made: only it can supervise a child.
    static let supervisor =
        #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/.build/debug/martlet"

    /// Whether a process of this number runs; a zombie does not.
    static func isRunning(_ pid: Int32) -> Bool {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return false }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    /// Whether this process still has a child of this number, running or unburied.
    static func isUnburied(_ pid: Int32) -> Bool { waitpid(pid, nil, WNOHANG) >= 0 }
}

/// A logger that keeps what it is told.
struct CollectingLog: LogHandler {
    let lines: Collected<String>
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(lines: Collected<String>) { self.lines = lines }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.message) \((event.metadata?["line"] ?? event.metadata?["lines"]).map { "\($0)" } ?? "")")
    }
}
