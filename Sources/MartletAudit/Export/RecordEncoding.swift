/// The form in which a sink gives a record to the other side. Raw values stand in configurations.
package enum RecordEncoding: String, Hashable, Sendable, CaseIterable {
    /// The exact leaf in an envelope of ours.
    case json
    /// OCSF 1.8.0.
    case ocsf
    /// ArcSight's Common Event Format.
    case cef

    /// One record in this form, on one line, without a line feed. A pure function of the record.
    package func encode(_ record: ExportedRecord) -> [UInt8] {
        switch self {
        case .json: record.envelope
        case .ocsf: OCSFEvent.encode(record)
        case .cef: CEFEvent.encode(record)
        }
    }

    /// Whether a record in this form is a JSON object.
    package var isJSON: Bool {
        switch self {
        case .json, .ocsf: true
        case .cef: false
        }
    }

    /// What every line of this form begins with.
    package var linePrefix: StaticString {
        switch self {
        case .json: #"{"v":1,"origin":""#
        case .ocsf: #"{"metadata":{"version":"1.8.0","product":{"name":"Martlet""#
        case .cef: "CEF:0|Martlet|martlet|1|"
        }
    }
}
