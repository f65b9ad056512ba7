import MartletCore
import MartletJSON
import MartletMCP
import Synchronization
import Testing

@testable import MartletGateway

@Suite("What upstreams offer")
struct UpstreamDirectoryTests {
    private func tools(_ descriptions: [String: String]) throws -> [ToolDefinition] {
        try descriptions.sorted { $0.key < $1.key }.map { name, text in
            let json = #"{"name":"\#(name)","inputSchema":{},"description":"\#(text)"}"#
            return try ToolDefinition(try JSONValue.parse(Array(json.utf8)))
        }
    }

    @Test("a changed definition is told once, a repeated list never")
    func drift() throws {
        let directory = UpstreamDirectory([])
        let upstream = try #require(UpstreamID("files"))
        let (first, second) = (try tools(["a": "x", "b": "x"]), try tools(["a": "x", "b": "y"]))
        #expect(directory.learn(first, from: upstream).isEmpty)
        #expect(directory.learn(first, from: upstream).isEmpty)
        #expect(
            directory.learn(second, from: upstream) == [
                Drift(tool: first[1].name, old: first[1].digest, new: second[1].digest)
            ])
        #expect(directory.learn(second, from: upstream).isEmpty)
        #expect(directory.learn(first, from: upstream).map(\.tool.rawValue) == ["b"])
        #expect(directory.learn(try tools(["a": "x", "b": "x"]), from: upstream).isEmpty)
        #expect(directory.definition(of: .tool(first[0].name), on: upstream)?.digest == first[0].digest)
        #expect(directory.learn([], from: upstream).isEmpty)
        #expect(directory.definition(of: .tool(first[0].name), on: upstream) == nil)
    }

    @Test("what an upstream offered is not relied on once it has said that its tools changed")
    func changed() throws {
        let upstream = TestUpstream(try #require(UpstreamID("files")))
        let directory = UpstreamDirectory([upstream])
        let listed = try tools(["a": "x"])
        _ = directory.learn(listed, from: upstream.id)
        #expect(directory.definition(of: .tool(listed[0].name), on: upstream.id) != nil)
        upstream.isNew.withLock { $0 = true }
        #expect(directory.definition(of: .tool(listed[0].name), on: upstream.id) == nil)
        #expect(directory.learn(try tools(["a": "y"]), from: upstream.id).map(\.tool.rawValue) == ["a"])
    }
}
