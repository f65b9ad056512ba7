import MartletCore
import MartletEgress
import MartletMCP
import NIOHTTP1
import Testing

@Suite("what an HTTP upstream says of itself")
struct ListAndProfileTests {
    private static func prompts(_ names: [String], next: String? = nil) -> String {
        let items = names.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
        return #"{"prompts":[\#(items)]\#(next.map { #","nextCursor":"\#($0)""# } ?? "")}"#
    }

    private static func legacy(logging: Bool) -> TestServer.Script {
        let capabilities = logging ? #"{"logging":{},"prompts":{}}"# : "{}"
        return { request in
            switch request.rpcMethod {
            case "initialize":
                let result = #"{"protocolVersion":"2025-11-25","capabilities":\#(capabilities)}"#
                return [.answer(Wire.result(request, result), headers: ["mcp-session-id: s1"])]
            case "notifications/initialized": return [.status("202 Accepted")]
            case "logging/setLevel": return [.answer(Wire.result(request, "{}"))]
            default: return [.status("200 OK")]
            }
        }
    }

    private func names(_ list: UpstreamList) -> [String]? {
        guard case .items(let items, _) = list else { return nil }
        return items.map(\.subject.text)
    }

    @Test("a list is gathered page by page, and what no grant can name is counted")
    func pages() async throws {
        let script: TestServer.Script = { request in
            let isSecond = request.field("cursor") == "two"
            let page = isSecond ? Self.prompts(["c"]) : Self.prompts(["a", "b*"], next: "two")
            return [.answer(Wire.result(request, page))]
        }
        try await Fixture.with(script) { (_, upstream) async throws in
            let list = await upstream.list(.prompts, for: try Fixture.principal())
            #expect(names(list) == ["a", "c"])
            guard case .items(_, let dropped) = list else { return }
            #expect(dropped == 1)
        }
    }

    @Test("a list without end is cut off")
    func endless() async throws {
        let script: TestServer.Script = { [.answer(Wire.result($0, Self.prompts(["a"], next: "again")))] }
        try await Fixture.with(script) { (server, upstream) async throws in
            guard case .failed(.tooLarge) = await upstream.list(.prompts, for: try Fixture.principal()) else {
                Issue.record("an endless list was taken")
                return
            }
            #expect(server.requests.count == 100)
        }
    }

    @Test("an upstream without the feature says so")
    func refused() async throws {
        try await Fixture.with(Wire.modern(Wire.echo)) { (_, upstream) async throws in
            guard case .refused(let code) = await upstream.list(.resources, for: try Fixture.principal()) else {
                Issue.record("no refusal")
                return
            }
            #expect(code == -32601)
        }
    }

    @Test("a level of logs is forwarded in the caller's session to who keeps a log", arguments: [true, false])
    func level(logging: Bool) async throws {
        try await Fixture.with(Self.legacy(logging: logging), era: .fixed(.legacy)) { (server, upstream) async throws in
            let caller = try Fixture.principal()
            let profile = try await upstream.profile(for: caller).get()
            #expect(profile.features == (logging ? [.logging, .prompts] : []))
            await upstream.setLogLevel(.warning, for: caller, asking: AgentCapabilities([]))
            let sent = server.requests.filter { $0.rpcMethod == "logging/setLevel" }
            #expect(sent.map { $0.field("level") } == (logging ? ["warning"] : []))
            #expect(sent.allSatisfy { $0.headers["mcp-session-id"] == ["s1"] })
        }
    }
}
