import Foundation
import MartletAudit
import MartletCore
import MartletJSON
import MartletTesting
import MartletTransparency
import Testing

@Suite("what a sink says of a record")
struct ExportTests {
    static func records() async throws -> [ExportedRecord] {
        try await EveryRecord.log().store.leaves.enumerated().map { index, leaf in
            ExportedRecord(origin: "martlet/demo", index: UInt64(index), leaf: leaf, hash: .leaf(leaf))
        }
    }

    @Test("the envelope holds the exact leaf, its place and its hash, for every type")
    func envelope() async throws {
        for record in try await Self.records() {
            let line = RecordEncoding.json.encode(record)
            let document = try JSONValue.parse(line)
            #expect(document.member("origin")?.string == "martlet/demo")
            #expect(document.member("index")?.integer == Int64(record.index))
            let marker = Array(#""record":"#.utf8)
            let start = try #require((0..<line.count).first { line[$0...].starts(with: marker) }) + marker.count
            let leaf = Array(line[start..<line.count - 1])
            #expect(leaf == record.leaf)
            #expect(document.member("leaf_hash")?.string == "sha256:" + Hex.encode(MerkleHash.leaf(leaf).bytes))
        }
    }

    @Test("a leaf that is no object, or no line, is carried too", arguments: ["not JSON", "[1]", "{\n}", "\u{ff}"])
    func foreignLeaf(text: String) throws {
        let leaf = Array(text.utf8)
        let record = ExportedRecord(origin: "o", index: 3, leaf: leaf, hash: .leaf(leaf))
        let document = try JSONValue.parse(RecordEncoding.json.encode(record))
        #expect(document.member("leaf_base64")?.string.flatMap(Base64URL.decode) == leaf)
        #expect(record.id == "o#3" && record.typeName == "unreadable" && record.time == nil)
    }

    /// For `Tests/EndToEnd/test_sinks.py`, which holds them against the schema: it has it, and we have every type.
    @Test("one sample of every type is written for the schema's validator", .enabled(if: Samples.directory != nil))
    func samples() async throws {
        let directory = try #require(Samples.directory)
        let records = try await Self.records()
        #expect(Set(records.compactMap(\.type)) == Set(RecordType.allCases))
        try Samples.write(records.map { RecordEncoding.ocsf.encode($0) }, to: directory + "/every-record.ocsf.jsonl")
    }

    @Test("OCSF shows the number, the log and the call, and takes no claim for a fact")
    func ocsf() async throws {
        for record in try await Self.records() {
            let event = try JSONValue.parse(RecordEncoding.ocsf.encode(record))
            let metadata = try #require(event.member("metadata"))
            #expect(metadata.member("sequence")?.integer == Int64(record.index))
            #expect(metadata.member("log_name")?.string == "martlet/demo")
            #expect(metadata.member("uid")?.string == record.id)
            #expect(metadata.member("correlation_uid")?.string == record.call)
            #expect(event.member("ai_model") == nil, "the model of these records is only asserted")
            #expect(event.member("unmapped")?.member("martlet")?.member("record")?.serialized() == record.leaf)
        }
    }

    @Test("a sealed value, its key and its salt are in no encoding", arguments: RecordEncoding.allCases)
    func sealed(encoding: RecordEncoding) async throws {
        for record in try await Self.records() {
            let line = String(decoding: encoding.encode(record), as: UTF8.self)
            for word in ["V-100", "250.00", "paid", "erp://secret", "fine"] {
                #expect(!line.contains(word), "\(word) in \(record.typeName)")
            }
        }
    }

    @Test("CEF escapes what could begin another member or another line")
    func cef() throws {
        let leaf = Array(#"{"v":1,"type":"a|b","id":"x","derived":{"reason":"a=b\\c\nd"}}"#.utf8)
        let record = ExportedRecord(origin: "o", index: 7, leaf: leaf, hash: .leaf(leaf))
        let line = String(decoding: RecordEncoding.cef.encode(record), as: UTF8.self)
        #expect(
            line.hasPrefix(
                #"CEF:0|Martlet|martlet|1|a\|b|a\|b|1|externalId=x deviceExternalId=o cn1Label=index cn1=7 "#))
        #expect(line.contains(#" reason=a\=b\\c\nd cs6Label=leafHash cs6=sha256:"#))
    }

    @Test("every encoding is one line and begins as it says", arguments: RecordEncoding.allCases)
    func lines(encoding: RecordEncoding) async throws {
        for record in try await Self.records() {
            let line = encoding.encode(record)
            #expect(!line.contains(UInt8(ascii: "\n")))
            #expect(line.starts(with: Array("\(encoding.linePrefix)".utf8)))
        }
    }
}

/// Where samples go for validators that are not ours; nil when nobody asks for them.
private enum Samples {
    static let directory = ProcessInfo.processInfo.environment["MARTLET_SAMPLES"]

    static func write(_ lines: [[UInt8]], to path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(lines.flatMap { $0 + [UInt8(ascii: "\n")] }).write(to: URL(fileURLWithPath: path))
    }
}

@Suite("the alert of a lagging sink")
struct LagAlertTests {
    @Test("is said at the limit, once, and over below half of it, once")
    func limits() {
        var alert = LagAlert(after: Seconds(60))
        let start = UnixTime(seconds: 1_795_374_000)
        func note(_ seconds: Int64) -> LagAlert.News? {
            alert.note(oldest: start, now: UnixTime(seconds: start.seconds + seconds))
        }
        #expect(note(59) == nil)
        #expect(note(60) == .lags)
        #expect(note(500) == nil)
        #expect(note(30) == nil)
        #expect(note(29) == .caughtUp)
        #expect(note(10) == nil)
        #expect(alert.note(oldest: nil, now: start) == nil)
        #expect(note(61) == .lags)
        #expect(alert.note(oldest: nil, now: start) == .caughtUp)
    }

    @Test("a clock that was put back is no lag")
    func clockPutBack() {
        let now = UnixTime(seconds: 1_795_374_000)
        #expect(LagAlert.seconds(since: now.advanced(by: Seconds(60)), now) == 0)
    }
}
