import MartletCore
import MartletJSON
import MartletTransparency

/// Records as `create` actions of the bulk API of Elasticsearch and OpenSearch.
///
/// The document's id is the hash of the leaf: what comes twice is told apart by the receiver, which answers 409 for a
/// record that it has, and that is an acknowledgement.
/// Source: Elasticsearch reference, "Bulk API"; OpenSearch documentation, "Bulk".
enum BulkRequest {
    static func encode(_ records: [ExportedRecord], as encoding: RecordEncoding) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records {
            bytes += Array(#"{"create":{"_id":"\#(Hex.encode(record.hash.bytes))"}}"#.utf8)
            bytes.append(UInt8(ascii: "\n"))
            bytes += document(record, encoding)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// The encoded object with `@timestamp` in front, which data streams ask for.
    private static func document(_ record: ExportedRecord, _ encoding: RecordEncoding) -> [UInt8] {
        let object = encoding.encode(record)
        guard let time = record.time else { return object }
        return Array(#"{"@timestamp":"\#(time.rfc3339)","#.utf8) + object.dropFirst()
    }

    /// One verdict for each record, all of them good. `errors: false` over fewer items acknowledges nothing.
    static func judge(_ body: [UInt8], of records: [ExportedRecord]) throws(SinkError) {
        let answer: JSONValue
        do { answer = try JSONValue.parse(body, limits: .response) } catch {
            throw .rejected("an answer that is no JSON")
        }
        guard let items = answer.member("items"), items.count == records.count else {
            throw .rejected("verdicts for \(answer.member("items")?.count ?? 0) of \(records.count) records")
        }
        for (record, item) in zip(records, items.elements) {
            guard let verdict = item.member("create"), let status = verdict.member("status")?.integer else {
                throw .rejected("no verdict for record \(record.index)")
            }
            if (200..<300).contains(status) || status == 409 { continue }
            let cause = verdict.member("error")
            let words = [cause?.member("type")?.string, cause?.member("reason")?.string].compactMap(\.self)
            let why = "status \(status) \(words.joined(separator: ": "))"
            // Too much at once, or not at this moment: nothing is wrong with the record.
            if status == 429 || status >= 500 { throw .rejected(why) }
            throw .recordRejected(index: record.index, why)
        }
    }
}
