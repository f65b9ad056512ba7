import MartletAudit
import MartletJSON
import MartletTransparency
import Testing

@Suite("what carriers send, and what they take for an acknowledgement")
struct CarrierTests {
    private static func records(_ count: Int = 2) -> [ExportedRecord] {
        (0..<UInt64(count)).map { index in
            let leaf = Array(
                #"{"v":1,"type":"call.denied","id":"r\#(index)","t":"2026-11-22T19:00:00.000042Z","node":"gw 1"}"#.utf8)
            return ExportedRecord(origin: "martlet/demo", index: index, leaf: leaf, hash: .leaf(leaf))
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test(
        "syslog frames count their octets and hold the record behind an RFC 5424 header",
        arguments: RecordEncoding.allCases)
    func syslog(encoding: RecordEncoding) throws {
        var frames = SyslogFrame.encode(Self.records(), as: encoding)[...]
        for record in Self.records() {
            let space = try #require(frames.firstIndex(of: UInt8(ascii: " ")))
            let length = try #require(Int(String(decoding: frames[..<space], as: UTF8.self)))
            let message = Array(frames[(space + 1)...].prefix(length))
            frames = frames[(space + 1)...].dropFirst(length)
            let head = "<109>1 2026-11-22T19:00:00.000042Z gw?1 martlet - call.denied - "
            #expect(message == Array(head.utf8) + encoding.encode(record))
        }
        #expect(frames.isEmpty)
    }

    @Test("a leaf that is no record is a syslog message too")
    func syslogForeign() {
        let record = ExportedRecord(origin: "o", index: 1, leaf: [0xFF], hash: .leaf([0xFF]))
        let text = String(decoding: SyslogFrame.encode([record], as: .json), as: UTF8.self)
        #expect(text.contains("<110>1 - - martlet - unreadable - {"))
    }

    @Test("HEC has one event for each record, with time and indexed fields")
    func hec() throws {
        for (line, record) in zip(Self.lines(HTTPSinkForm.splunkHEC.body(Self.records(), as: .json)), Self.records()) {
            let event = try JSONValue.parse(Array(line.utf8))
            #expect(event.member("time")?.numberText == "1795374000.000042")
            #expect(event.member("sourcetype")?.string == "martlet:json")
            #expect(event.member("fields")?.member("martlet_index")?.string == "\(record.index)")
            #expect(event.member("event")?.member("record")?.serialized() == record.leaf)
        }
    }

    @Test("bulk creates a document for each record, under the hash of its leaf")
    func bulk() throws {
        let lines = Self.lines(HTTPSinkForm.elasticBulk.body(Self.records(), as: .ocsf))
        #expect(lines.count == 4)
        let action = try JSONValue.parse(Array(lines[2].utf8))
        #expect(action.member("create")?.member("_id")?.string.map { "sha256:" + $0 } == Self.records()[1].hashText)
        let document = try JSONValue.parse(Array(lines[3].utf8))
        #expect(document.member("@timestamp")?.string == "2026-11-22T19:00:00.000042Z")
        #expect(document.member("metadata")?.member("sequence")?.integer == 1)
    }

    private static func item(_ status: Int, error: String = "") -> String {
        #"{"create":{"_id":"x","status":\#(status)\#(error)}}"#
    }

    private static let mapping = #","error":{"type":"mapper_parsing_exception","reason":"no"}"#

    @Test(
        "only a verdict of success on every record acknowledges",
        arguments: [
            (.splunkHEC, 200, #"{"text":"Success","code":0}"#, nil),
            (.splunkHEC, 200, "", .rejected("an answer that is no JSON")),
            (.splunkHEC, 200, #"{"status":"ok"}"#, .rejected("an answer without a code")),
            (.splunkHEC, 200, #"{"text":"No data","code":5}"#, .rejected("code 5: No data")),
            (.splunkHEC, 503, #"{"code":0}"#, .rejected("status 503")),
            (.splunkHEC, 201, #"{"code":0}"#, .rejected("status 201")),
            (.splunkHEC, 200, "<html>", .rejected("an answer that is no JSON")),
            (.elasticBulk, 200, #"{"errors":false,"items":[\#(item(201)),\#(item(201))]}"#, nil),
            (.elasticBulk, 200, #"{"errors":true,"items":[\#(item(409)),\#(item(201))]}"#, nil),
            (.elasticBulk, 200, #"{"errors":false,"items":[\#(item(201))]}"#, .rejected("verdicts for 1 of 2 records")),
            (.elasticBulk, 200, #"{"errors":false}"#, .rejected("verdicts for 0 of 2 records")),
            (.elasticBulk, 200, "", .rejected("an answer that is no JSON")),
            (
                .elasticBulk, 200, #"{"items":[\#(item(201)),{"index":{"status":201}}]}"#,
                .rejected("no verdict for record 1")
            ),
            (
                .elasticBulk, 200, #"{"errors":true,"items":[\#(item(201)),\#(item(400, error: mapping))]}"#,
                .recordRejected(index: 1, "status 400 mapper_parsing_exception: no")
            ), (.elasticBulk, 200, #"{"errors":true,"items":[\#(item(429)),\#(item(201))]}"#, .rejected("status 429 ")),
            (.elasticBulk, 413, "", .rejected("status 413")), (.otlp, 200, "", .rejected("an answer that is no JSON")),
            (.otlp, 200, "[]", .rejected("an answer that is no JSON object")), (.otlp, 200, "{}", nil),
            (.otlp, 200, #"{"partialSuccess":{"rejectedLogRecords":"0"}}"#, nil),
            (
                .otlp, 200, #"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"x"}}"#,
                .rejected("records refused: x")
            ),
            (
                .otlp, 200, #"{"partialSuccess":{"rejectedLogRecords":2}}"#,
                .rejected("records refused: no reason given")
            ),
            (.otlp, 200, "nonsense", .rejected("an answer that is no JSON")), (.otlp, 404, "", .rejected("status 404")),
        ] as [(HTTPSinkForm, Int, String, SinkError?)])
    func verdicts(form: HTTPSinkForm, status: Int, body: String, expected: SinkError?) {
        var thrown: SinkError?
        do throws(SinkError) {
            try form.judge(status: status, body: Array(body.utf8), of: Self.records())
        } catch {
            thrown = error
        }
        #expect(thrown == expected)
    }

    @Test("what a receiver says is bounded and printable before anybody reads it")
    func errorTexts() {
        let text = SinkError.rejected("\u{1B}[2J" + String(repeating: "x", count: 5000)).description
        #expect(text.utf8.count < 320 && !text.contains("\u{1B}"))
    }
}
