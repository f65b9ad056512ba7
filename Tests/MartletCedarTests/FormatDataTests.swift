import MartletJSON
import Testing

@testable import MartletCedar

@Suite("Format of the conformance data", .enabled(if: SchemaData.isPresent, "\(SchemaData.absence)"))
struct FormatDataTests {
    /// The snapshot of an older reference: the same input has a newer one, which 4.12 agrees with.
    private static let outdated = "cli_sample_data_format@tiny_sandboxes__sample7__policy.cedar"

    @Test("every snapshot of the reference")
    func snapshots() throws {
        var count = 0
        for folder in ["extra/formatter/snapshots/", "extra/formatter/cli-snapshots/"] {
            for name in try SchemaData.names(in: folder, ending: ".snap") {
                let snapshot = String(decoding: try SchemaData.file(folder + name + ".snap"), as: UTF8.self)
                let expected = snapshot.split(separator: "---\n", maxSplits: 2, omittingEmptySubsequences: false)[2]
                let formatted = try PolicyFormat().format(try input(of: name))
                count += 1
                guard !name.hasSuffix(Self.outdated) else { continue }
                #expect(trimmed(formatted[...]) == trimmed(expected), "\(name)")
            }
        }
        #expect(count >= 73)
    }

    private func input(of name: String) throws -> [UInt8] {
        let path = name.split(separator: "@").last.map(String.init) ?? ""
        guard path.contains("__") else { return try SchemaData.file("extra/formatter/" + path) }
        let parts = path.split(separator: "__", omittingEmptySubsequences: true)
        return try SchemaData.file("extra/cli-sample-data/" + parts.joined(separator: "/"))
    }

    private func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == "\n" { text.removeFirst() }
        while text.last == "\n" { text.removeLast() }
        return text
    }

    @Test(
        "with comments and line feeds anywhere: nothing is lost, the trees are the same, and again is the same",
        arguments: ["corpus.jsonl.gz", "mcp.jsonl.gz"])
    func comments(file: String) throws {
        var comments = CommentScatter(seed: 20_261_123)
        for item in try ConformanceData.cases(file) {
            let source = Array((item.json["policies"]?.string ?? "").utf8)
            let text = try comments.scatter(over: source)
            // The format checks that trees and comments are the same, and throws when they are not.
            let once = try PolicyFormat().format(text)
            #expect(try PolicyFormat().format(Array(once.utf8)) == once, "\(item.id)")
        }
    }
}
