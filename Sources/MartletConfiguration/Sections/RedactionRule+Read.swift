import MartletCore
import MartletPolicy

extension Section {
    /// The rules under `redact`.
    mutating func redactions(upstreams: [UpstreamSettings], _ reading: inout Reading) -> [RedactionRule] {
        elements("redact", &reading).compactMap { entry in
            guard var rule = Section(entry, &reading) else { return nil }
            return rule.redaction(upstreams: upstreams, &reading)
        }
    }

    /// One rule: `upstream`, `tool` when it is for one only, and paths in `arguments`, in `results` or in both.
    private mutating func redaction(
        upstreams: [UpstreamSettings], _ reading: inout Reading
    ) -> RedactionRule? {
        let place = line(of: "upstream") ?? line
        let upstream = requiredName("upstream", &reading) { UpstreamID($0) }
        let tool = name("tool", &reading) { ToolName($0) }
        let before = reading.problems.all.count
        let declared = upstreams.first { $0.name == upstream }.map {
            $0.searches.filter { tool == nil || $0.key == tool }
        }
        let (arguments, results) = (
            paths("arguments", searched: declared ?? [:], &reading), paths("results", searched: [:], &reading)
        )
        finish(&reading)
        guard let upstream else { return nil }
        if !upstreams.contains(where: { $0.name == upstream }) {
            reading.add(place, "no upstream \"\(upstream)\" in \"redact\"", fix: "name one of upstreams")
        }
        if arguments.isEmpty, results.isEmpty, reading.problems.all.count == before {
            reading.add(
                place, "a rule of \"redact\" without paths", fix: "add arguments: [/path], results: [/path] or both")
        }
        return RedactionRule(upstream: upstream, tool: tool, arguments: arguments, results: results)
    }

    /// `searched` are the places that the tools of the rule declare under `search`.
    private mutating func paths(
        _ key: String, searched: [ToolName: [SearchedPath]], _ reading: inout Reading
    ) -> [RedactionPath] {
        texts(key, &reading).compactMap { text, line in
            if let path = RedactionPath(text) {
                path.refuse(searched, line, &reading)
                return path
            }
            reading.add(
                line, "\"\(text)\" in \"\(key)\" is no JSON Pointer", fix: "write for example /contacts/*/phone")
            return nil
        }
    }
}

extension RedactionPath {
    /// What is never kept cannot be found.
    fileprivate func refuse(_ searched: [ToolName: [SearchedPath]], _ line: Int, _ reading: inout Reading) {
        for (tool, paths) in searched.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            for path in paths where covers(path.pointer) {
                reading.add(
                    line,
                    "\"\(self)\" in \"redact\" is never kept, so \"\(path)\" in \"search\" of \(tool) cannot be found",
                    fix: "remove one of the two")
            }
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
