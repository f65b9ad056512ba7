import Glibc
import Logging
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import NIOCore
import NIOPosix
import Testing

@Suite("a stdio upstream")
struct StdioUpstreamTests {
    static let modern = Script.loop([Script.echo, Script.list].joined(separator: "\n"))

    @Test("gets the decided arguments, with the envelope of the modern era, and its result comes back")
    func answersACall() async throws {
        let script = Script.loop(
            Script.echo + "\n" + Script.tool("line", #"text "$id" "$(printf %s "$line" | tr -d '"')""#))
        try await Fixture.withChild(script) { (upstream) async throws in
            let result = try await upstream.call("echo", #"{"amount":1000.50}"#)
            #expect(result.answer == #"{"content":[],"structuredContent":{"amount":1000.50}}"#)
            let line = try #require(try await upstream.call("line").text)
            #expect(line.contains("io.modelcontextprotocol/clientInfo:{name:martlet,version:0.1.0}"))
            #expect(line.contains("io.modelcontextprotocol/clientCapabilities:{}"))
            #expect(!line.contains("finance"))
        }
    }

    @Test("lists its tools")
    func listsTools() async throws {
        try await Fixture.withChild(Self.modern) { (upstream) async throws in
            let tools = try await upstream.listTools(for: Fixture.principal()).get()
            #expect(tools.map(\.name.rawValue) == ["echo"])
        }
    }

    @Test("is one process for many calls at once, each with its own answer, in any order")
    func multiplexes() async throws {
        let held =
            Script.tool("first", #"first=$id"#) + "\n"
            + Script.tool("second", #"text "$id" two; text "$first" one"#) + "\n" + Script.echo
        try await Fixture.withChild(Script.loop(held)) { (upstream) async throws in
            async let first = upstream.call("first")
            try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                for n in 0..<100 { group.addTask { (n, try await upstream.call("echo", #"{"n":\#(n)}"#).answer) } }
                for try await (n, answer) in group { #expect(answer?.contains(#"{"n":\#(n)}"#) == true) }
            }
            #expect(try await upstream.call("second").text == "two")
            let one = try await first
            #expect(one.text == "one")
        }
    }

    @Test("sees only the configured environment and PATH, and no descriptor but the three")
    func isolates() async throws {
        setenv("MARTLET_TEST_LEAK", "1", 1)
        let leaked = fcntl(1, F_DUPFD, 3)
        let cases =
            Script.tool("environment", #"text "$id" "$(tr '\0' ';' </proc/$$/environ)""#) + "\n"
            + Script.tool("descriptors", #"cd /proc/$$/fd; set -- *; text "$id" "$*""#)
        try await Fixture.withChild(Script.loop(cases), environment: ["ERP_TOKEN": Secret("s3cret")]) {
            (upstream) async throws in
            let environment = try #require(try await upstream.call("environment").text)
            let names = environment.split(separator: ";").map { $0.prefix { $0 != "=" } }
            #expect(Set(names) == ["ERP_TOKEN", "PATH"])
            #expect(environment.contains("ERP_TOKEN=s3cret"))
            let descriptors = try #require(try await upstream.call("descriptors").text).split(separator: " ")
            #expect(Set(descriptors).subtracting(["3"]) == ["0", "1", "2"])  // 3 is the open directory itself
        }
        close(leaked)
    }

    @Test("of the session era that asks us something is refused, a ping answered; a modern one gets no word")
    func refusesQuestions() async throws {
        let ask =
            #"echo '{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}'; read -r one; "#
            + #"echo '{"jsonrpc":"2.0","id":"p","method":"ping"}'; read -r two; text $id "$(printf %s "$one$two" | tr -d '"')""#
        let script = Script.loop(Script.initialize + "\n" + Script.tool("ask", ask))
        try await Fixture.withChild(script, era: .fixed(.legacy)) { (upstream) async throws in
            let text = try #require(try await upstream.call("ask").text)
            #expect(text.contains("id:1,error:{code:-32601"))
            #expect(text.contains("id:p,result:{}"))
        }
        let modern = Script.loop(
            Script.tool("ask", #"echo '{"jsonrpc":"2.0","id":1,"method":"ping"}'; text $id asked"#)
                + "\n" + Script.tool("next", #"text $id "$(printf %s "$line" | tr -d '"')""#))
        try await Fixture.withChild(modern) { (upstream) async throws in
            #expect(try await upstream.call("ask").text == "asked")
            let next = try #require(try await upstream.call("next").text)
            #expect(next.contains("method:tools/call"))
        }
    }

    @Test("of the session era that asks and asks and does not read its input ends")
    func endsWhatOnlyAsks() async throws {
        let flood = #"while :; do echo '{"jsonrpc":"2.0","id":1,"method":"ping"}'; done"#
        let script = Script.loop(Script.initialize + "\n" + Script.tool("bad", flood) + "\n" + Script.echo)
        try await Fixture.withChild(script, era: .fixed(.legacy)) { (upstream) async throws in
            #expect(try await upstream.call("bad").failure == .brokenOff)
            #expect(try await upstream.call("echo", "{}").failure == nil)
        }
    }

    @Test("that is slow gets a cancellation, and a late answer is dropped")
    func timesOut() async throws {
        let cases =
            Script.tool("slow", "slow=$id") + "\n" + Script.cancelled + "\n"
            + Script.tool("next", #"text "$slow" late; text "$id" "$(printf %s "$gaveup" | tr -d '"')""#)
        try await Fixture.withChild(Script.loop(cases), { $0.timeout = .seconds(3) }) { (upstream) async throws in
            #expect(try await upstream.call("slow").failure == .timedOut)
            let text = try #require(try await upstream.call("next").text)
            #expect(text.contains("method:notifications/cancelled,params:{requestId:1,"))
        }
    }

    @Test("may print what is no message; an answer with an id that is not under way is dropped")
    func skipsStrayLines() async throws {
        let cases = Script.tool(
            "echo", #"echo starting up; echo; text 77 wrong; text "\"$id\"" wrong; text "$id" right"#)
        try await Fixture.withChild(Script.loop(cases)) { (upstream) async throws in
            #expect(try await upstream.call("echo").text == "right")
        }
    }

    @Test(
        "that breaks the framing or the grammar ends, and its successor serves the next call",
        arguments: [
            (#"echo '{"jsonrpc":"2.0","id":1,"result":'"#, .garbage("not_json")),
            (#"echo '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}'"#, .garbage("not_json")),
            (#"echo '{"id":1}'"#, .garbage("not_jsonrpc_2")),
            (#"printf %2000d 1"#, .tooLarge), (#"exec >&-; sleep 1000"#, .brokenOff), (#"exit 3"#, .brokenOff),
            (#"kill -9 $$"#, .brokenOff),
            (#"printf '{"jsonrpc":"2.0","id"'; exit 0"#, .brokenOff),
        ] as [(String, UpstreamFailure)])
    func restarts(body: String, failure: UpstreamFailure) async throws {
        let script = Script.loop(Script.tool("bad", body) + "\n" + Script.echo)
        try await Fixture.withChild(script, { $0.maximumLineBytes = 1024 }) { (upstream) async throws in
            for _ in 0..<2 {
                #expect(try await upstream.call("bad").failure == failure)
                #expect(try await upstream.call("echo", "{}").failure == nil)
            }
        }
    }

    @Test("that dies takes down every call it was given, and none that waits for its successor")
    func failsAllPending() async throws {
        let script = Script.loop(
            Script.tool("hang", "hung=$id") + "\n" + Script.tool("die", "exit 1") + "\n" + Script.echo)
        let ends = Collected<String>()
        try await Fixture.withChild(script, { $0.ended = { ends.add($0) } }) { (upstream) async throws in
            async let first = upstream.call("hang").failure
            async let second = upstream.call("hang").failure
            _ = try await upstream.call("echo", "{}")
            #expect(try await upstream.call("die").failure == .brokenOff)
            let failures = try await [first, second]
            #expect(failures == [.brokenOff, .brokenOff])
            #expect(try await upstream.call("echo", "{}").failure == nil)
            #expect(ends.all == ["exit code 1"])
        }
    }

    @Test("has its standard error in the log, cut and escaped")
    func logsStandardError() async throws {
        let lines = Collected<String>()
        let logger = Logger(label: "test") { _ in CollectingLog(lines: lines) }
        let speak = #"printf 'hello\033[31m\r\n%2000d\n' 7 >&2; text $id ok"#
        try await Fixture.withChild(Script.loop(Script.tool("speak", speak)), logger: logger) {
            (upstream) async throws in
            _ = try await upstream.call("speak")
            #expect(await eventually { lines.all.filter { $0.hasPrefix("upstream says") }.count == 2 })
            let said = lines.all.filter { $0.hasPrefix("upstream says") }
            #expect(said.first == #"upstream says on stderr hello\u{1b}[31m"#)
            #expect(said.last?.hasSuffix(" …") == true && (1000...1100).contains(said.last?.count ?? 0))
        }
    }

    @Test("writes so many lines of standard error to the log and how many more; or none", arguments: [true, false])
    func boundsStandardError(isLogged: Bool) async throws {
        let lines = Collected<String>()
        let logger = Logger(label: "test") { _ in CollectingLog(lines: lines) }
        let speak = #"for n in 1 2 3 4 5 6 7; do echo "line $n" >&2; done; text $id ok"#
        let change = { (settings: inout StdioUpstreamSettings) in
            settings.logsStandardError = isLogged
            settings.standardErrorLines = 3
            settings.standardErrorWindow = .hours(1)
        }
        try await Fixture.withChild(Script.loop(Script.tool("speak", speak)), logger: logger, change) {
            (upstream) async throws in
            _ = try await upstream.call("speak")
            await upstream.close()
            let said = lines.all.filter { $0.contains("stderr") }
            let logged = (1...3).map { "upstream says on stderr line \($0)" } + ["lines of upstream's stderr dropped 4"]
            #expect(said == (isLogged ? logged : []))
        }
    }

    @Test("takes a bounded number of calls; one more is busy")
    func boundsPending() async throws {
        let script = Script.loop(
            Script.tool("hang", "hung=$id") + "\n" + Script.tool("all", #"text 1 x; text 2 y; text $id z"#))
        try await Fixture.withChild(script, { $0.maximumPending = 2 }) { (upstream) async throws in
            let results = try await withThrowingTaskGroup(of: UpstreamFailure?.self) { group in
                for _ in 0..<3 { group.addTask { try await upstream.call("hang").failure } }
                let quick = try await group.next()
                await upstream.close()
                return try await group.reduce(into: [quick ?? nil]) { $0.append($1) }
            }
            #expect(results == [.busy, .brokenOff, .brokenOff])
        }
    }
}

@Suite("the era of a stdio upstream")
struct StdioEraTests {
    @Test("is modern when server/discover says so")
    func modern() async throws {
        try await Fixture.withChild(Script.loop(Script.discover + "\n" + Script.echo), era: .auto) {
            (upstream) async throws in
            #expect(try await upstream.call("echo", "{}").failure == nil)
        }
    }

    static let readyOnly = Script.initialize + "\n" + Script.tool("ready", #"text "$id" "$ready""#)

    @Test(
        "is legacy when server/discover is refused, answered with nonsense or not answered, and initialize is",
        arguments: [
            "", #"*'"server/discover"'*) reply "$id" '{"supportedVersions":["1999-01-01"]}';;"#,
            #"*'"server/discover"'*) silent=yes;;"#, #"*'"server/discover"'*) exit 1;;"#,
        ])
    func legacy(discover: String) async throws {
        let script = Script.loop(discover + "\n" + Self.readyOnly)
        try await Fixture.withChild(script, era: .auto, { $0.probeTimeout = .milliseconds(200) }) {
            (upstream) async throws in
            #expect(try await upstream.call("ready").text == "yes")
        }
    }

    @Test("may be fixed by configuration: then there is no question")
    func fixed() async throws {
        let script = Script.loop(#"*'"server/discover"'*) exit 1;;"# + "\n" + Self.readyOnly)
        try await Fixture.withChild(script, era: .fixed(.legacy)) { (upstream) async throws in
            #expect(try await upstream.call("ready").text == "yes")
        }
    }

    @Test("is none when neither is understood: the call was not sent")
    func neither() async throws {
        try await Fixture.withChild(Script.loop(""), era: .auto) { (upstream) async throws in
            #expect(try await upstream.call("echo").failure?.mayHaveRun == false)
        }
    }
}
