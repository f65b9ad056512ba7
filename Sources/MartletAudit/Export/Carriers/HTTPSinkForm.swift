/// What a receiver over HTTP is given, and what of its answer is an acknowledgement. Pure functions.
package enum HTTPSinkForm: String, Hashable, Sendable, CaseIterable {
    /// Splunk's HTTP Event Collector, `/services/collector/event`.
    case splunkHEC = "splunk_hec"
    /// Elasticsearch or OpenSearch, `/<index>/_bulk`.
    case elasticBulk = "elastic_bulk"
    /// OpenTelemetry logs in JSON, `/v1/logs`.
    case otlp

    package var contentType: String {
        switch self {
        case .splunkHEC, .otlp: "application/json"
        case .elasticBulk: "application/x-ndjson"
        }
    }

    /// The body of one request for all records.
    package func body(_ records: [ExportedRecord], as encoding: RecordEncoding) -> [UInt8] {
        switch self {
        case .splunkHEC: HECEvents.encode(records, as: encoding)
        case .elasticBulk: BulkRequest.encode(records, as: encoding)
        case .otlp: OTLPLogs.encode(records, as: encoding)
        }
    }

    /// Returns when the answer acknowledges every record, and throws otherwise: a 200 alone does not.
    package func judge(status: Int, body: [UInt8], of records: [ExportedRecord]) throws(SinkError) {
        guard status == 200 else { throw .rejected("status \(status)") }
        switch self {
        case .splunkHEC: try HECEvents.judge(body)
        case .elasticBulk: try BulkRequest.judge(body, of: records)
        case .otlp: try OTLPLogs.judge(body)
        }
    }
}
