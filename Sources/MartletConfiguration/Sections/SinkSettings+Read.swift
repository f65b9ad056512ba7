import MartletCore
import MartletPolicy

extension SinkSettings {
    /// Reads `audit.sinks`; at most 16, each of them a thread.
    static func readAll(_ parent: inout Section, _ reading: inout Reading) -> [SinkSettings] {
        let line = parent.line(of: "sinks") ?? parent.line
        var sinks: [SinkSettings] = []
        for element in parent.elements("sinks", &reading) {
            guard var section = Section(element, &reading) else { continue }
            let sink = read(&section, &reading)
            section.finish(&reading)
            guard let sink else { continue }
            if sinks.contains(where: { $0.name == sink.name }) {
                reading.add(section.line, "sink \"\(sink.name)\" twice", fix: "give each its own name")
            }
            sinks.append(sink)
        }
        if sinks.count > 16 {
            reading.add(line, "\(sinks.count) sinks", fix: "16 at most; let a collector divide them")
        }
        return sinks
    }

    private static func read(_ section: inout Section, _ reading: inout Reading) -> SinkSettings? {
        let name = section.requiredName("name", &reading) { Self.isName($0) ? $0 : nil }
        let destination = Destination.read(&section, &reading)
        let authorities = section.certificateAuthorities(of: destination?.url, &reading)
        let timeout = section.duration("timeout", in: Seconds(1)...Seconds(300), default: Seconds(10), &reading)
        let line = section.line(of: "encoding") ?? section.line
        let encoding: Encoding = section.word("encoding", default: .json, &reading)
        if case .http(.elasticBulk, _, _) = destination, encoding == .cef {
            reading.add(line, "\"elastic_bulk\" takes JSON, and cef is none", fix: "write encoding: json or ocsf")
        }
        let identities: Identities = section.word("identities", default: .pseudonyms, &reading)
        var batch = section.section("batch", &reading)
        let records = batch?.integer("records", in: 1...10_000, default: 500, &reading) ?? 500
        let bytes = batch?.size("bytes", in: 64 << 10...16 << 20, default: 1 << 20, &reading) ?? 1 << 20
        batch?.finish(&reading)
        let alert = section.duration("alert_after", in: Seconds(5)...Seconds.days(7), default: Seconds(60), &reading)
        guard let name, let destination else { return nil }
        return SinkSettings(
            name: name, destination: destination, certificateAuthorities: authorities, timeout: timeout,
            encoding: encoding, identities: identities, batchRecords: records, batchBytes: bytes,
            alertAfter: alert)
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension SinkSettings.Destination {
    static func read(_ section: inout Section, _ reading: inout Reading) -> Self? {
        guard section.has("kind") else {
            _ = section.require("kind", &reading, fix: "add one of: \(kinds.joined(separator: ", "))")
            for key in ["path", "url", "credential"] { _ = section.take(key) }
            return nil
        }
        guard let (kind, line) = section.text("kind", &reading) else { return nil }
        guard kinds.contains(kind) else {
            reading.add(line, "unknown kind \"\(kind)\"", fix: Spelling.advice(for: kind, among: kinds))
            for key in ["path", "url", "credential"] { _ = section.take(key) }
            return nil
        }
        guard kind != "file" else { return file(&section, &reading) }
        refuse("path", in: &section, fix: "write url: …", &reading)
        guard let receiver = SinkSettings.Receiver(rawValue: kind) else { return syslog(&section, &reading) }
        return http(receiver, &section, &reading)
    }

    private static let kinds = ["file", "syslog"] + SinkSettings.Receiver.allCases.map(\.rawValue)

    private static func file(_ section: inout Section, _ reading: inout Reading) -> Self? {
        for key in ["url", "credential", "certificate_authorities", "timeout"] {
            refuse(key, in: &section, fix: "a file has none; remove it", &reading)
        }
        guard section.has("path") else {
            _ = section.require("path", &reading, fix: "add path: <file>")
            return nil
        }
        return section.text("path", &reading).map { .file(path: reading.resolve($0.text)) }
    }

    private static func syslog(_ section: inout Section, _ reading: inout Reading) -> Self? {
        refuse("credential", in: &section, fix: "syslog has none; remove it", &reading)
        guard section.has("url") else {
            _ = section.require("url", &reading, fix: "add url: tls://host:6514")
            return nil
        }
        guard let (text, line) = section.text("url", &reading) else { return nil }
        guard text.hasPrefix("tls://"), let url = HTTPURL("https://" + text.dropFirst(6)), url.path.isEmpty else {
            reading.add(line, "\"\(text)\" is no address for syslog over TLS", fix: "write tls://host[:port]")
            return nil
        }
        return .syslog(host: url.host, port: url.port ?? 6514)
    }

    private static func http(
        _ receiver: SinkSettings.Receiver, _ section: inout Section, _ reading: inout Reading
    ) -> Self? {
        guard section.has("url") else {
            _ = section.require("url", &reading, fix: "add url: https://…\(receiver.examplePath)")
            _ = section.take("credential")
            return nil
        }
        let url = section.url("url", &reading)
        var secrets = SharedSecrets()
        let credential = section.credential(upstream: "", &secrets, &reading)
        return url.map { .http(receiver, $0, credential: credential) }
    }

    private static func refuse(_ key: String, in section: inout Section, fix: String, _ reading: inout Reading) {
        guard let entry = section.take(key, isKnown: false) else { return }
        reading.add(entry.line, "\"\(key)\" does not belong to this kind of sink", fix: fix)
    }

    /// The address when it is one of TLS, for `certificate_authorities`.
    var url: HTTPURL? {
        if case .http(_, let url, _) = self { url } else { nil }
    }
}

extension SinkSettings.Receiver {
    fileprivate var examplePath: String {
        switch self {
        case .splunkHEC: "/services/collector/event"
        case .elasticBulk: "/<index>/_bulk"
        case .otlp: "/v1/logs"
        }
    }
}
