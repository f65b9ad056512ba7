import Glibc
import Logging
import MartletCore
import MartletEgress
import MartletMCP
import NIOCore
import NIOPosix
import Testing

@Suite("the process of a stdio upstream")
struct ChildProcessTests {
    static let pids = Script.tool("pids", #"sleep 1000 & text "$id" "$$ $!""#)

    static func startPids(_ upstream: StdioUpstream) async throws -> [Int32] {
        let text = try #require(try await upstream.call("pids").text)
        let pids = text.split(separator: " ").compactMap { Int32($0) }
        try #require(pids.count == 2)
        #expect(pids.allSatisfy { Fixture.isRunning($0) })
        return pids
    }

    @Test("ends with its whole group when the upstream is closed, and leaves no zombie")
    func killsTheGroup() async throws {
        try await Fixture.withChild(Script.loop(Self.pids)) { (upstream) async throws in
            let pids = try await Self.startPids(upstream)
            await upstream.close()
            #expect(!Fixture.isUnburied(pids[0]))
            #expect(await eventually { pids.allSatisfy { !Fixture.isRunning($0) } })
        }
    }

    @Test("ends although it ignores the end of its input and SIGTERM")
    func killsTheStubborn() async throws {
        let script = Script.loop(Self.pids, before: "trap '' TERM HUP")
        let stubborn = [script[0], script[1], script[2] + "\nwhile :; do sleep 1000; done"]
        try await Fixture.withChild(stubborn) { (upstream) async throws in
            let pids = try await Self.startPids(upstream)
            await upstream.close()
            #expect(!Fixture.isUnburied(pids[0]))
            #expect(await eventually { pids.allSatisfy { !Fixture.isRunning($0) } })
        }
    }

    @Test("that ends by itself takes its group with it, also one that holds its output open")
    func killsOrphans() async throws {
        let script = Script.loop(Self.pids + "\n" + Script.tool("leave", "exit 0"))
        try await Fixture.withChild(script) { (upstream) async throws in
            let pids = try await Self.startPids(upstream)
            #expect(try await upstream.call("leave").failure == .brokenOff)
            #expect(await eventually { pids.allSatisfy { !Fixture.isRunning($0) } })
            #expect(!Fixture.isUnburied(pids[0]))
        }
    }

    @Test(
        "is supervised only by a command line that was written for it",
        arguments: [
            ["martlet"], ["martlet", "serve"], ["martlet", "supervise-child"],
            ["martlet", "supervise-child", "1024", "2147483648", "/bin/false"],
            ["martlet", "supervise-child", "-1", "2147483648", "/bin/false", "false"],
            ["martlet", "launch-child", "1024", "2147483648", "/bin/false", "false"],
        ])
    func takesOverNothingElse(arguments: [String]) {
        // Returns: a supervisor or a launcher would have ended this process.
        ChildSupervisor.takeOver(arguments)
    }

    @Test("ends as its program ended", arguments: [("exit 7", "exit code 7"), ("kill -SEGV $$", "signal 11")])
    func tellsHowItEnded(end: String, told: String) async throws {
        let ends = Collected<String>()
        try await Fixture.withChild(Script.loop(Script.tool("leave", end)), { $0.ended = { ends.add($0) } }) {
            (upstream) async throws in
            #expect(try await upstream.call("leave").failure == .brokenOff)
            #expect(await eventually { ends.all.first == told })
        }
    }

    @Test("is never a shell's: a command with shell syntax is the name of a file that does not exist")
    func noShell() {
        for name in ["echo hi", "/bin/sh -c true", "true; true", "/bin", "/etc/passwd", "no-such-command-at-all"] {
            #expect(throws: EgressError.commandNotFound(name)) { try StdioCommand([name]) }
        }
        #expect(throws: EgressError.self) { try StdioCommand([]) }
        #expect(throws: EgressError.self) { try StdioCommand(["/bin/sh", "a\0b"]) }
        #expect(throws: EgressError.self) { try StdioCommand(["/bin/sh"], environment: ["A=B": Secret("x")]) }
    }

    @Test("that cannot stay up makes calls unreachable: they were not sent")
    func cannotStart() async throws {
        for command in [["/bin/true"], ["/bin/sh", "-c", "exit 7"]] {
            try await Fixture.withChild(command, era: .fixed(.legacy)) { (upstream) async throws in
                for _ in 0..<3 { #expect(try await upstream.call("echo").failure?.mayHaveRun == false) }
            }
        }
    }

    @Test("is not started by being configured, and closing one that never ran does nothing")
    func lazy() async throws {
        try await Fixture.withChild(["/bin/sh"]) { (upstream) async throws in
            await upstream.close()
            #expect(try await upstream.call("echo").failure == .closed)
        }
    }
}
