import MartletEgress
import MartletMCP
import Testing

@Suite("notices and cancellation over stdio", .serialized)
struct StdioNoticeTests {
    private static let say = #"""
        say() { printf '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":%s}}\n' "$1" "$2"; }
        shout() { printf '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":"secret"}}\n'; }
        """#

    @Test("progress arrives in order, a foreign token's and every log line reach nobody")
    func progress() async throws {
        let script = Script.loop(
            Script.tool("pay", #"say "$id" 1; shout; say 999 90; say '"mine"' 91; say "$id" 2; text "$id" done"#),
            before: Self.say)
        try await Fixture.withChild(script) { upstream async throws in
            let caller = TestCaller()
            #expect(try await upstream.call("pay", "{}", relaying: caller.all(log: .debug)).text == "done")
            #expect(caller.progress == ["1", "2"])
            #expect(caller.heard.allSatisfy { $0.contains(#""progressToken":"mine""#) })
        }
    }

    @Test("progress with another call's number goes to that call and to no one else")
    func crossTalk() async throws {
        // The second call reports under the first one's number before it answers both.
        let script = Script.loop(
            Script.tool("first", #"one=$id; say "$id" 1"#) + "\n"
                + Script.tool("second", #"say "$one" 10; say "$id" 20; text "$id" two; text "$one" one"#),
            before: Self.say)
        try await Fixture.withChild(script) { upstream async throws in
            let (alice, bob) = (TestCaller(token: .string("a")), TestCaller(token: .string("b")))
            async let first = upstream.call("first", "{}", by: try Fixture.principal("alice"), relaying: alice.all())
            #expect(await eventually { alice.progress == ["1"] })
            async let second = upstream.call("second", "{}", by: try Fixture.principal("bob"), relaying: bob.all())
            #expect(try await first.text == "one")
            #expect(try await second.text == "two")
            #expect(alice.progress == ["1", "10"])
            #expect(bob.progress == ["20"])
        }
    }

    @Test("a call that is given up is cancelled by its number, and its late answer reaches nobody")
    func cancel() async throws {
        let script = Script.loop(
            Script.tool("slow", #"say "$id" 1; slow=$id"#) + "\n"
                + #"*'"notifications/cancelled"'*) gaveup=${line#*\"requestId\":}; text "$slow" late;;"# + "\n"
                + Script.tool("ask", #"text "$id" "gave up ${gaveup%%,*} of $slow""#),
            before: Self.say)
        try await Fixture.withChild(script) { upstream async throws in
            let caller = TestCaller()
            async let result = upstream.call("slow", "{}", relaying: caller.all())
            #expect(await eventually { caller.progress == ["1"] })
            caller.cancel()
            #expect(try await result.failure == .cancelled)
            let told = try #require(try await upstream.call("ask", "{}").text)
            let numbers = told.split(separator: " ")
            #expect(numbers.count == 5 && numbers[2] == numbers[4], "\(told)")
        }
    }

    @Test("a call that was given up before is not sent")
    func cancelledBefore() async throws {
        let script = Script.loop(
            Script.tool("pay", #"said=yes; text "$id" done"#) + "\n" + Script.tool("ask", #"text "$id" "said $said""#))
        try await Fixture.withChild(script) { upstream async throws in
            let caller = TestCaller(isGone: true)
            #expect(try await upstream.call("pay", "{}", relaying: caller.all()).failure == .cancelled)
            #expect(try await upstream.call("ask", "{}").text == "said ")
        }
    }
}
