import Foundation
import Glibc
import MartletAudit
import MartletEgress
import Testing

@Suite("a file that records are appended to")
struct LineFileTests {
    private final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "martlet-" + UUID().uuidString
        var file: String { path + "/audit.jsonl" }
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { do { try FileManager.default.removeItem(atPath: path) } catch { return } }

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: file)) }
        func text(_ name: String = "audit.jsonl") throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)), as: UTF8.self)
        }
    }

    private static func record(_ index: UInt64) -> ExportedRecord {
        let leaf = Array(#"{"v":1,"id":"r\#(index)"}"#.utf8)
        return ExportedRecord(origin: "o", index: index, leaf: leaf)
    }

    private static func line(_ index: UInt64) -> String {
        String(decoding: RecordEncoding.json.encode(record(index)), as: UTF8.self) + "\n"
    }

    @Test("appends one line for each record and keeps what is there")
    func appends() async throws {
        let folder = try Folder()
        try await LineFile(path: folder.file, encoding: .json).deliver([Self.record(0), Self.record(1)])
        try await LineFile(path: folder.file, encoding: .json).deliver([Self.record(2)])
        #expect(try folder.text() == Self.line(0) + Self.line(1) + Self.line(2))
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
    }

    @Test("writes to a new file once the old one was renamed or removed")
    func rotates() async throws {
        let folder = try Folder()
        let file = LineFile(path: folder.file, encoding: .json)
        try await file.deliver([Self.record(0)])
        try FileManager.default.moveItem(atPath: folder.file, toPath: folder.path + "/old")
        try await file.deliver([Self.record(1)])
        #expect(try folder.text("old") == Self.line(0))
        #expect(try folder.text() == Self.line(1))
        try FileManager.default.removeItem(atPath: folder.file)
        try await file.deliver([Self.record(2)])
        #expect(try folder.text() == Self.line(2))
    }

    @Test("half a line of its own is cut off, wherever it was torn", arguments: [1, 10, 17, 40])
    func torn(length: Int) async throws {
        let folder = try Folder()
        try folder.write(Self.line(0) + Self.line(1).prefix(length))
        try await LineFile(path: folder.file, encoding: .json).deliver([Self.record(1)])
        #expect(try folder.text() == Self.line(0) + Self.line(1))
    }

    @Test("a file that ends in anything else is not touched", arguments: ["root:x:0:0", "a\nb", #"{"key":1}"#])
    func foreign(text: String) async throws {
        let folder = try Folder()
        try folder.write(text)
        await #expect(throws: SinkError.foreignFile(path: folder.file)) {
            try await LineFile(path: folder.file, encoding: .json).deliver([Self.record(0)])
        }
        #expect(try folder.text() == text)
    }

    @Test("no file, no acknowledgement: a missing folder, a folder at its place, a link, a full disk")
    func refusals() async throws {
        let folder = try Folder()
        for path in [folder.path + "/none/x", folder.path, "/dev/full"] {
            await #expect(throws: SinkError.self) {
                try await LineFile(path: path, encoding: .json).deliver([Self.record(0)])
            }
        }
        try FileManager.default.createSymbolicLink(atPath: folder.file, withDestinationPath: "/tmp/elsewhere")
        await #expect(throws: SinkError.file(call: "open", path: folder.file, errno: ELOOP)) {
            try await LineFile(path: folder.file, encoding: .json).deliver([Self.record(0)])
        }
    }
}
