package import MartletJSON

/// Replaces what must not be kept in arguments and results: the places that the configuration names, and secrets wherever they
/// are. What is sent upstream and what approvals bind to is another copy, which stays as it is. Pure.
package struct Redactor: Sendable {
    private let rules: [UpstreamID: [RedactionRule]]

    /// Without rules it replaces secrets only.
    package init(_ rules: [RedactionRule] = []) { self.rules = Dictionary(grouping: rules, by: \.upstream) }

    package struct Redacted: Sendable {
        package let value: JSONValue
        /// Empty when nothing was replaced: `value` is then the one that was given.
        package let marks: [Redaction]
    }

    package func arguments(_ value: JSONValue, of upstream: UpstreamID?, tool: ToolName?) -> Redacted {
        redacted(value, "/args", paths(of: upstream, tool, \.arguments))
    }

    package func result(_ value: JSONValue, of upstream: UpstreamID?, tool: ToolName?) -> Redacted {
        redacted(value, "/result", paths(of: upstream, tool, \.results))
    }

    private func paths(
        of upstream: UpstreamID?, _ tool: ToolName?, _ side: (RedactionRule) -> [RedactionPath]
    ) -> [RedactionPath] {
        guard !rules.isEmpty, let upstream, let own = rules[upstream] else { return [] }
        return own.filter { $0.tool == nil || $0.tool == tool }.flatMap(side)
    }

    private func redacted(_ value: JSONValue, _ root: String, _ paths: [RedactionPath]) -> Redacted {
        // Nearly always there is nothing to do: one look at the bytes, and no copy.
        guard !paths.isEmpty || value.hasText(where: SecretScanner.finds) else {
            return Redacted(value: value, marks: [])
        }
        var rewriting = Rewriting(root: root)
        rewriting.write(value, paths.map { $0.tokens[...] })
        guard !rewriting.marks.isEmpty else { return Redacted(value: value, marks: []) }
        do {
            let value = try JSONValue.parse(rewriting.writer.bytes, limits: .response)
            return Redacted(value: value, marks: rewriting.marks)
        } catch {
            // What was written cannot be read: nothing of it is kept.
            return Redacted(value: .null, marks: rewriting.marks)
        }
    }
}

/// Writes a value again, with marks in place of what must not be kept.
private struct Rewriting {
    private(set) var writer = JSONWriter()
    private(set) var marks: [Redaction] = []
    private var place: [String]

    init(root: String) { place = [String(root.dropFirst())] }

    /// `paths` are the ends of the configured paths that lead here.
    mutating func write(_ value: JSONValue, _ paths: [ArraySlice<String>]) {
        if paths.contains(where: \.isEmpty) { return replace("configured") }
        switch value.kind {
        case .object:
            writer.beginObject()
            for (key, member) in value.members {
                let name = kept(key: key)
                writer.key(name)
                enter(Self.shown(key), key, member, paths)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for (number, element) in value.elements.enumerated() { enter("\(number)", "\(number)", element, paths) }
            writer.endArray()
        case .string: write(text: value)
        case .number:
            let kind = value.numberText.flatMap { SecretScanner.matches(in: Array($0.utf8)).first?.kind }
            if let kind { replace(kind.rawValue) } else { writer.value(value) }
        case .null, .boolean: writer.value(value)
        }
    }

    private mutating func enter(_ name: String, _ key: String, _ value: JSONValue, _ paths: [ArraySlice<String>]) {
        place.append(name)
        write(
            value,
            paths.compactMap { path in
                guard let first = path.first, first == "*" || first.utf8.elementsEqual(key.utf8) else { return nil }
                return path.dropFirst()
            })
        place.removeLast()
    }

    private mutating func write(text value: JSONValue) {
        guard let text = value.string else { return writer.value(value) }
        let found = SecretScanner.matches(in: Array(text.utf8))
        guard !found.isEmpty else { return writer.value(value) }
        for kind in SecretScanner.Kind.allCases where found.contains(where: { $0.kind == kind }) { mark(kind.rawValue) }
        writer.string(SecretScanner.redacted(text))
    }

    /// A key that holds a secret is replaced whole; numbered, so that two of them stay two.
    private mutating func kept(key: String) -> String {
        guard let kind = SecretScanner.matches(in: Array(key.utf8)).first?.kind else { return key }
        mark(kind.rawValue)
        return SecretScanner.mark("\(kind.rawValue)#\(marks.count)")
    }

    private mutating func replace(_ rule: String) {
        mark(rule)
        writer.string(SecretScanner.mark(rule))
    }

    private mutating func mark(_ rule: String) {
        marks.append(Redaction(path: place.reduce("") { $0 + "/" + $1 }, rule: rule))
    }

    /// Keys come from strangers and may be personal themselves: only plain names are shown in a record.
    private static func shown(_ key: String) -> String {
        let isPlain = (1...64).contains(key.utf8.count) && key.utf8.allSatisfy(isIdentifierByte)
        return isPlain && !SecretScanner.finds(in: Array(key.utf8)[...]) ? key : "*"
    }
}
