import MartletCore
import MartletEgress
import MartletMCP
import Testing

@Suite("a child that is listened to", .serialized)
struct ChildListenerTests {
    /// `listens` has the filters that were asked for, `$sub` the id of the last stream.
    private static let listen = #"""
        *'"subscriptions/listen"'*) sub=$id; filter=${line#*\"notifications\":}; filter=${filter%%\}*}\};
          printf '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s},"notifications":%s}}\n' "$sub" "$filter";;
        """#
    private static let say = #"""
        say() { printf '{"jsonrpc":"2.0","method":"notifications/%s","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}%s}}\n' "$1" "${3:-$sub}" "$2"; }
        tell() { printf '{"jsonrpc":"2.0","method":"notifications/%s","params":{"x":1%s}}\n' "$1" "$2"; }
        """#
    private static let counted = #"*'"notifications/cancelled"'*) gone="$gone $line";;"#

    private static func modern(_ tools: String...) -> [String] {
        Script.loop(
            ([listen, counted, Script.list] + tools).joined(separator: "\n") + "\n"
                + Script.tool("count", #"text "$id" "$(echo $gone | grep -o requestId | wc -l)""#), before: say)
    }

    private static let session =
        [
            Script.initialize, #"*'"method":"ping"'*) reply "$id" '{}';;"#,
            #"*'"resources/subscribe"'*) subs="$subs +"; reply "$id" '{}';;"#,
            #"*'"resources/unsubscribe"'*) subs="$subs -"; reply "$id" '{}';;"#,
            Script.tool("subs", #"text "$id" "$subs""#),
        ].joined(separator: "\n") + "\n"

    private static let a = ResourceURI("shelf://a")

    @Test("tells a changed list to everybody, and an update to whoever subscribed to it")
    func told() async throws {
        let script = Self.modern(
            Script.tool("list", #"say tools/list_changed; text "$id" done"#),
            Script.tool("update", #"say resources/updated ',"uri":"shelf://a"'; text "$id" done"#),
            Script.tool("strange", #"say tools/list_changed '' 999; tell tools/list_changed; text "$id" done"#))
        try await Fixture.withChild(script) { upstream async throws in
            let (ada, bob) = (try TestListener("ada"), try TestListener("bob"))
            #expect(await ada.listen(to: Fixture.filter([.tools], "shelf://a"), at: upstream) == .heard)
            #expect(await bob.listen(to: Fixture.filter([.tools], "shelf://b"), at: upstream) == .heard)
            for tool in ["strange", "update", "list"] { _ = try await upstream.call(tool) }
            let update = UpstreamNews.changed(.updated(try #require(Self.a)))
            #expect(ada.news == [update, .changed(.list(.tools))] && bob.news == [.changed(.list(.tools))])
        }
    }

    @Test("is asked once for what all want together; an old wish is given up when the new one stands")
    func together() async throws {
        try await Fixture.withChild(Self.modern()) { upstream async throws in
            let (ada, bob) = (try TestListener("ada"), try TestListener("bob"))
            _ = await ada.listen(to: Fixture.tools, at: upstream)
            _ = await bob.listen(to: Fixture.tools, at: upstream)
            #expect(try await upstream.call("count").text == "0", "the same wish is one")
            _ = await bob.listen(to: Fixture.filter([.prompts]), at: upstream)
            #expect(try await upstream.call("count").text == "1")
            _ = await bob.listen(to: ListenFilter(), at: upstream)
            _ = await ada.listen(to: ListenFilter(), at: upstream)
            #expect(try await upstream.call("count").text == "3")
            #expect(ada.news == [] && bob.news == [], "nothing was missed")
        }
    }

    @Test("that knows no such method is not asked again")
    func absent() async throws {
        let script = Script.loop(
            #"*'"subscriptions/listen"'*) n=$((n+1)); refuse "$id" -32601;;"# + "\n"
                + Script.tool("count", #"text "$id" "$n""#))
        try await Fixture.withChild(script) { upstream async throws in
            let listener = try TestListener()
            #expect(await listener.listen(to: Fixture.tools, at: upstream) == .absent)
            #expect(await listener.listen(to: Fixture.filter([.prompts]), at: upstream) == .absent)
            #expect(try await upstream.call("count").text == "1")
        }
    }

    @Test("that ends is heard again when it is started, and then everything has changed", arguments: [true, false])
    func ended(isModern: Bool) async throws {
        let die = Script.tool("die", #"exit 3"#)
        let script = isModern ? Self.modern(die) : Script.loop(Self.session + die)
        try await Fixture.withChild(script, era: .fixed(isModern ? .modern : .legacy)) { upstream async throws in
            let listener = try TestListener()
            let filter = Fixture.filter([.tools], "shelf://a")
            #expect(await listener.listen(to: filter, at: upstream) == .heard)
            #expect(try await upstream.call("die").failure == .brokenOff)
            #expect(await listener.hears(.changed(.updated(try #require(Self.a)))))
            #expect(listener.news.filter { $0 != .lost } == filter.everything.map { .changed($0) })
            if !isModern { #expect(try await upstream.call("subs").text == " +", "subscribed anew") }
        }
    }

    @Test("of the session era is subscribed to each resource once, and tells what it says")
    func session() async throws {
        let script = Script.loop(
            Self.session + Script.tool("list", #"tell tools/list_changed; text "$id" done"#) + "\n"
                + Script.tool("update", #"tell resources/updated ',"uri":"shelf://a"'; text "$id" done"#),
            before: Self.say)
        try await Fixture.withChild(script, era: .fixed(.legacy)) { upstream async throws in
            let (ada, bob) = (try TestListener("ada"), try TestListener("bob"))
            _ = await ada.listen(to: Fixture.filter([.tools], "shelf://a"), at: upstream)
            _ = await bob.listen(to: Fixture.filter([.prompts], "shelf://a"), at: upstream)
            #expect(try await upstream.call("subs").text == " +")
            for tool in ["list", "update"] { _ = try await upstream.call(tool) }
            let update = UpstreamNews.changed(.updated(try #require(Self.a)))
            #expect(ada.news == [.changed(.list(.tools)), update] && bob.news == [update])
            _ = await ada.listen(to: ListenFilter(), at: upstream)
            #expect(try await upstream.call("subs").text == " +")
            _ = await bob.listen(to: ListenFilter(), at: upstream)
            #expect(try await upstream.call("subs").text == " + -")
        }
    }

    @Test("that says that its tools changed has new tools, whether or not anybody listens")
    func newTools() async throws {
        let script = Script.loop(
            Self.session + Script.list + "\n" + Script.tool("list", #"tell tools/list_changed; text "$id" done"#),
            before: Self.say)
        try await Fixture.withChild(script, era: .fixed(.legacy)) { upstream async throws in
            let caller = try Fixture.principal()
            _ = try await upstream.listTools(for: caller).get()
            #expect(!upstream.hasNewTools)
            _ = try await upstream.call("list")
            #expect(upstream.hasNewTools)
            _ = try await upstream.listTools(for: caller).get()
            #expect(!upstream.hasNewTools)
        }
    }
}
