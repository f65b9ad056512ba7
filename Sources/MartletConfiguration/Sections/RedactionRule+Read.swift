import MartletCore
import MartletPolicy

extension Section {
    /// The rules under `redact`.
    mutating func redactions(upstreams: [UpstreamSettings], _ reading: inout Reading) -> [RedactionRule] {
        let names = Set(upstreams.map(\.name))
        return elements("redact", &reading).compactMap { entry in
            guard var rule = Section(entry, &reading) else { return nil }
            return rule.redaction(upstreams: names, &reading)
        }
    }

    /// One rule: `upstream`, `tool` when it is for one only, and paths in `arguments`, in `results` or in both.
    private mutating func redaction(
        upstreams: Set<UpstreamID>, _ reading: inout Reading
    ) -> RedactionRule? {
        let place = line(of: "upstream") ?? line
        let upstream = requiredName("upstream", &reading) { UpstreamID($0) }
        let tool = name("tool", &reading) { ToolName($0) }
        let before = reading.problems.all.count
        let (arguments, results) = (paths("arguments", &reading), paths("results", &reading))
        finish(&reading)
        guard let upstream else { return nil }
        if !upstreams.contains(upstream) {
            reading.add(place, "no upstream \"\(upstream)\" in \"redact\"", fix: "name one of upstreams")
        }
        if arguments.isEmpty, results.isEmpty, reading.problems.all.count == before {
            reading.add(
                place, "a rule of \"redact\" without paths", fix: "add arguments: [/path], results: [/path] or both")
        }
        return RedactionRule(upstream: upstream, tool: tool, arguments: arguments, results: results)
    }

    private mutating func paths(_ key: String, _ reading: inout Reading) -> [RedactionPath] {
        texts(key, &reading).compactMap { text, line in
            if let path = RedactionPath(text) { return path }
            reading.add(
                line, "\"\(text)\" in \"\(key)\" is no JSON Pointer", fix: "write for example /contacts/*/phone")
            return nil
        }
    }
}

extension [RedactionRule] {
    /// For `martlet check`.
    var effectiveValues: [(key: String, value: String)] { map { ("audit.redact", $0.text) } }
}

extension RedactionRule {
    fileprivate var text: String {
        let arguments = self.arguments.map { "arguments \($0)" }
        let results = self.results.map { "results \($0)" }
        return "\(upstream)\(tool.map { "/\($0)" } ?? ""): \((arguments + results).joined(separator: ", "))"
    }
}
