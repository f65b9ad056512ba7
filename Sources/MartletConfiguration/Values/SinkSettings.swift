package import MartletCore

/// One place that the records of the audit log are carried to. An element of `audit.sinks`.
package struct SinkSettings: Sendable {
    /// `kind` and its address.
    package enum Destination: Sendable {
        /// `file`: lines are appended to `path`.
        case file(path: String)
        /// `syslog`: RFC 5425, at `url: tls://host[:port]`; port 6514 unless said.
        case syslog(host: String, port: Int)
        /// `splunk_hec`, `elastic_bulk`, `otlp`: posted to `url`, with the `credential` when there is one.
        case http(Receiver, HTTPURL, credential: UpstreamSettings.Credential?)
    }

    package enum Receiver: String, Hashable, Sendable, CaseIterable {
        case splunkHEC = "splunk_hec"
        case elasticBulk = "elastic_bulk"
        case otlp
    }

    /// `encoding`: the form of a record. Default `json`.
    package enum Encoding: String, Hashable, Sendable, CaseIterable { case json, ocsf, cef }

    package enum Identities: String, Hashable, Sendable, CaseIterable { case pseudonyms, names }

    /// `name`: 1 to 64 of a-z, 0-9, `-` and `_`. Stands in records and names the file of the cursor.
    package let name: String
    package let destination: Destination
    /// `certificate_authorities`: PEM file of the only authorities that the certificate may chain to; the system's when nil.
    package let certificateAuthorities: String?
    /// `timeout`: for one batch, from finding the address to its acknowledgement, 1s to 5m. Default 10s. Not of files.
    package let timeout: Seconds
    package let encoding: Encoding
    /// `identities`: how people are named. Default `pseudonyms`: with `names` the other side has personal data that an erasure does
    /// not reach.
    package let identities: Identities
    /// `batch.records`: the most that is handed over at once, 1 to 10000. Default 500: one acknowledgement for many.
    package let batchRecords: Int
    /// `batch.bytes`: of leaves, 64KiB to 16MiB. Default 1MiB, what common receivers take.
    package let batchBytes: Int
    /// `alert_after`: behind for so long is recorded and said, 5s to 7d. Default 60s.
    package let alertAfter: Seconds

    package var kind: String {
        switch destination {
        case .file: "file"
        case .syslog: "syslog"
        case .http(let receiver, _, _): receiver.rawValue
        }
    }

    /// For `martlet check`.
    var effectiveValue: String {
        let address =
            switch destination {
            case .file(let path): "path \(path)"
            case .syslog(let host, let port): "host \(host), port \(port)" + network
            case .http(_, let url, let credential):
                "url \(url), credential \(credential.map { "in \($0.header)" } ?? "none")" + network
            }
        return "kind \(kind), \(address), encoding \(encoding.rawValue), batch \(batchRecords) records or "
            + "\(Section.sizeText(batchBytes)), alert_after \(alertAfter.text), identities \(identities.rawValue)"
    }

    private var network: String {
        ", certificate_authorities \(certificateAuthorities ?? "of the system"), timeout \(timeout.text)"
    }
}
