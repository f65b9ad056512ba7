import MartletCore

/// The secrets of upstreams read so far: one credential belongs to one upstream.
struct SharedSecrets {
    private var owners: [Digest: String] = [:]

    mutating func add(_ secret: Secret, of upstream: String, line: Int, _ reading: inout Reading) {
        if let owner = owners[secret.digest], owner != upstream {
            reading.add(
                line, "upstreams \"\(owner)\" and \"\(upstream)\" have one credential",
                fix: "give each upstream its own, so that one can be revoked without the other")
        }
        owners[secret.digest] = upstream
    }
}

extension Section {
    /// Reads `credential`: the header that authenticates the gateway to a url upstream.
    mutating func credential(
        upstream: String, _ secrets: inout SharedSecrets, _ reading: inout Reading
    ) -> UpstreamSettings.Credential? {
        guard var section = section("credential", &reading) else { return nil }
        let header = section.headerName(&reading)
        let prefix = section.prefix(&reading)
        let value = section.secret(&reading)?.value
        section.finish(&reading)
        if let value { secrets.add(value, of: upstream, line: section.line, &reading) }
        guard let header, let prefix, let value else { return nil }
        return UpstreamSettings.Credential(header: header, prefix: prefix, value: value)
    }

    /// Reads `environment_variables`: the only ones that reach the child process.
    mutating func environmentVariables(
        upstream: String, _ secrets: inout SharedSecrets, _ reading: inout Reading
    ) -> [UpstreamSettings.EnvironmentVariable] {
        guard var section = section("environment_variables", &reading) else { return [] }
        var variables: [UpstreamSettings.EnvironmentVariable] = []
        for entry in section.takeAll() {
            guard Self.isVariableName(entry.key) else {
                reading.add(
                    entry.line, "\"\(entry.key)\" is no name of a variable", fix: "use capitals, digits and _")
                continue
            }
            guard entry.text == nil else {
                reading.add(
                    entry.line, "secret inline in \"\(entry.key)\"", fix: "write {file: <file>} or {env: <variable>}")
                continue
            }
            guard var source = Section(entry, &reading) else { continue }
            let secret = source.secret(&reading)
            source.finish(&reading)
            guard let (value, isFile) = secret else { continue }
            // A variable passed on (HOME, PATH) may be the same everywhere; a secret file may not.
            if isFile { secrets.add(value, of: upstream, line: entry.line, &reading) }
            variables.append(UpstreamSettings.EnvironmentVariable(name: entry.key, value: value))
        }
        return variables
    }

    /// Reads a secret from `file` or `env`; never from the configuration itself.
    private mutating func secret(_ reading: inout Reading) -> (value: Secret, isFile: Bool)? {
        for key in ["value", "token", "password", "secret", "key"] {
            guard let entry = take(key, isKnown: false) else { continue }
            reading.add(entry.line, "secret inline in \"\(name)\"", fix: "write file: <file> or env: <variable>")
            return nil
        }
        guard has("file") != has("env") else {
            reading.add(
                line, has("file") ? "both \"file\" and \"env\" in \"\(name)\"" : "\"\(name)\" without a secret",
                fix: "write either file: <file> or env: <variable>")
            _ = (take("file"), take("env"))
            return nil
        }
        let isFile = has("file")
        let line = line(of: isFile ? "file" : "env") ?? self.line
        guard let bytes = isFile ? secretFile(&reading) : secretVariable(&reading) else { return nil }
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            reading.add(
                line, "the secret of \"\(name)\" is empty or no single line of text", fix: "store the secret alone")
            return nil
        }
        return (Secret(bytes: bytes), isFile)
    }

    private mutating func secretFile(_ reading: inout Reading) -> [UInt8]? {
        guard let (text, line) = text("file", &reading),
            var bytes = reading.bytes(ofFile: text, key: "secret file", line: line, isPrivate: true)
        else { return nil }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    private mutating func secretVariable(_ reading: inout Reading) -> [UInt8]? {
        guard let (text, line) = text("env", &reading) else { return nil }
        if let value = reading.environment[text] { return Array(value.utf8) }
        reading.add(line, "environment variable \"\(text)\" is not set", fix: "set it for the gateway, or use file:")
        return nil
    }

    /// The prefix of the header's value, in front of the secret. Default none.
    private mutating func prefix(_ reading: inout Reading) -> String? {
        guard let (text, line) = text("prefix", &reading) else { return "" }
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.utf8.count <= 64 { return text }
        reading.add(line, "\"prefix\" is no plain text", fix: "write for example \"Bearer \"")
        return nil
    }

    /// The header that carries the credential; not one that frames or routes the request.
    private mutating func headerName(_ reading: inout Reading) -> String? {
        let framing = ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "te"]
        guard has("header") else {
            _ = require("header", &reading, fix: "add header: Authorization")
            return nil
        }
        guard let (text, line) = text("header", &reading) else { return nil }
        let name = text.lowercased()
        if (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isHeaderByte), !framing.contains(name),
            !name.hasPrefix("mcp-")
        {
            return text
        }
        reading.add(line, "\"\(text)\" is no header for a credential", fix: "write for example Authorization")
        return nil
    }

    private static func isHeaderByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.count <= 128 && name.utf8.allSatisfy { isHeaderByte($0) && $0 != UInt8(ascii: "-") }
    }
}
