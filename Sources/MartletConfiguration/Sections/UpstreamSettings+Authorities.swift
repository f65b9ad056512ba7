extension Section {
    /// Reads `certificate_authorities`: the only authorities that an https upstream's certificate may chain to.
    ///
    /// Whether the certificates are good is for TLS to say at the start; here only that the file is one of certificates.
    mutating func certificateAuthorities(of url: HTTPURL?, _ reading: inout Reading) -> String? {
        guard let (text, line) = text("certificate_authorities", &reading) else { return nil }
        if let url, !url.isSecure {
            reading.add(
                line, "\"certificate_authorities\" of an upstream without TLS",
                fix: "write an https:// url, or remove it")
        }
        guard let bytes = reading.bytes(ofFile: text, key: "certificate_authorities", line: line) else { return nil }
        let content = PEMText(bytes)
        guard content.isCertificates else {
            reading.add(
                line, "certificate_authorities \"\(text)\" holds no certificate in PEM form, or a damaged one",
                fix: "put the certificates of the authorities there: -----BEGIN CERTIFICATE----- …")
            return nil
        }
        guard !content.hasPrivateKey else {
            reading.add(
                line, "certificate_authorities \"\(text)\" holds a private key",
                fix: "put only the certificates of the authorities there")
            return nil
        }
        return reading.resolve(text)
    }
}

/// The text of a PEM file, looked at from outside. Source: RFC 7468, sections 2 and 5.
private struct PEMText {
    private let blocks: [(label: Substring, body: Substring, isClosed: Bool)]

    init(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        var blocks: [(label: Substring, body: Substring, isClosed: Bool)] = []
        for line in lines {
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
                blocks.append((line.dropFirst(11).dropLast(5), "", false))
            } else if line.hasPrefix("-----END "), let last = blocks.last, line == "-----END \(last.label)-----" {
                blocks[blocks.count - 1].isClosed = true
            } else if let last = blocks.last, !last.isClosed {
                blocks[blocks.count - 1].body += line.filter { !$0.isWhitespace }
            }
        }
        self.blocks = blocks
    }

    var hasPrivateKey: Bool { blocks.contains { $0.label.hasSuffix("PRIVATE KEY") } }

    /// At least one certificate, and each one whole: closed, in Base64, and beginning as a DER sequence does.
    var isCertificates: Bool {
        let certificates = blocks.filter { $0.label == "CERTIFICATE" }
        return !certificates.isEmpty
            && certificates.allSatisfy { block in
                block.isClosed && block.body.hasPrefix("MI") && block.body.utf8.count.isMultiple(of: 4)
                    && block.body.utf8.allSatisfy(Self.isBase64)
            }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
