import MartletCore

extension ListenSettings {
    /// Reads `listen`; an absent section gives plain HTTP on 127.0.0.1:8440.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> ListenSettings {
        guard var section = parent.section("listen", &reading) else { return .standard }
        let address = section.address(&reading)
        let port = section.integer("port", in: 0...65_535, default: standard.port, &reading)
        let publicURL = section.url("public_url", &reading)
        let hasTLS = section.has("tls")
        let tls = TLSFiles.read(&section, &reading)
        if !hasTLS, !HTTPURL.isLoopback(address.text) {
            reading.add(
                address.line, "plain HTTP beyond loopback (\(address.text))",
                fix: "add tls: {certificate: …, key: …}, or listen on 127.0.0.1")
        }
        let hosts = section.hosts(&reading)
        let origins = section.origins(&reading)
        section.finish(&reading)
        return ListenSettings(
            address: address.text, port: port, publicURL: publicURL, tls: tls, allowedHosts: hosts,
            allowedOrigins: origins)
    }

    static let standard = ListenSettings(
        address: "127.0.0.1", port: 8440, publicURL: nil, tls: nil, allowedHosts: [], allowedOrigins: [])
}

extension ListenSettings.TLSFiles {
    fileprivate static func read(_ parent: inout Section, _ reading: inout Reading) -> Self? {
        guard var section = parent.section("tls", &reading) else { return nil }
        let certificate = section.file("certificate", &reading)
        let key = section.file("key", isPrivate: true, &reading)
        section.finish(&reading)
        guard let certificate, let key else { return nil }
        return Self(certificate: certificate, key: key)
    }
}

extension Section {
    fileprivate mutating func address(_ reading: inout Reading) -> (text: String, line: Int) {
        guard let (text, line) = text("address", &reading) else { return (ListenSettings.standard.address, self.line) }
        if HTTPURL.isAddress(text) || text == "localhost" { return (text, line) }
        reading.add(line, "\"\(text)\" is no IP address", fix: "write for example 127.0.0.1 or ::1")
        return (ListenSettings.standard.address, line)
    }

    fileprivate mutating func hosts(_ reading: inout Reading) -> [String] {
        texts("allowed_hosts", &reading).compactMap { text, line in
            if let url = HTTPURL("http://" + text), url.path.isEmpty { return url.authority }
            reading.add(line, "\"\(text)\" is no host", fix: "write a host, or host:port, without wildcards")
            return nil
        }
    }

    fileprivate mutating func origins(_ reading: inout Reading) -> [String] {
        texts("allowed_origins", &reading).compactMap { text, line in
            if let url = HTTPURL(text), url.path.isEmpty, !text.hasSuffix("/") { return url.text }
            reading.add(line, "\"\(text)\" is no origin", fix: "write for example https://app.example.com")
            return nil
        }
    }

    /// A URL that is HTTPS, or plain HTTP on loopback.
    mutating func url(_ key: String, _ reading: inout Reading) -> HTTPURL? {
        guard let (text, line) = text(key, &reading) else { return nil }
        guard let url = HTTPURL(text) else {
            reading.add(
                line, "\"\(key)\" is no URL of this kind",
                fix: "write https://host[:port][/path] without user, query and fragment")
            return nil
        }
        if url.isSecure || url.isLoopback { return url }
        reading.add(line, "plain HTTP beyond loopback in \"\(key)\" (\(url.host))", fix: "use https://")
        return nil
    }

    /// A file that must be readable; its path, relative to the configuration file. Its content is its user's business.
    mutating func file(_ key: String, isPrivate: Bool = false, _ reading: inout Reading) -> String? {
        guard has(key) else {
            _ = require(key, &reading, fix: "add \(key): <file>")
            return nil
        }
        guard let (text, line) = text(key, &reading) else { return nil }
        return reading.bytes(ofFile: text, key: key, line: line, isPrivate: isPrivate) == nil
            ? nil : reading.resolve(text)
    }
}

extension Reading {
    /// The bytes of a file that the configuration names, or nil with a problem added.
    mutating func bytes(ofFile text: String, key: String, line: Int, isPrivate: Bool = false) -> [UInt8]? {
        do {
            return try FileReading.read(resolve(text), maximum: 1 << 22, isPrivate: isPrivate)
        } catch {
            add(line, "\(key) \"\(text)\" \(error.text.problem)", fix: error.text.fix)
            return nil
        }
    }
}
