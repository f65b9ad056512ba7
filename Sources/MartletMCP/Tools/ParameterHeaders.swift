import MartletCore
package import MartletJSON

/// The arguments of one tool that travel in `Mcp-Param-*` headers as well, as its `x-mcp-header` annotations say.
///
/// Source: MCP 2026-07-28, Transports, "Custom Headers from Tool Parameters".
package struct ParameterHeaders: Sendable {
    struct Annotation: Sendable {
        /// Property names from the root of the arguments to the value.
        let path: [String]
        /// As the schema spells it; compared without case.
        let header: String
        let isInteger: Bool
    }

    let annotations: [Annotation]
    package var isEmpty: Bool { annotations.isEmpty }

    /// Collects the annotations of a schema; nil when one of them is invalid, and then the tool must not be offered.
    package init?(inputSchema: JSONValue) {
        var walk = SchemaWalk()
        guard walk.visit(inputSchema, path: []) else { return nil }
        annotations = walk.annotations
    }

    /// The fields a call with these arguments carries, ready for the wire.
    package func fields(for arguments: JSONValue?) -> [(name: String, value: String)] {
        annotations.compactMap { annotation in
            guard let text = Self.text(Self.value(at: annotation.path, of: arguments)) else { return nil }
            return ("Mcp-Param-\(annotation.header)", HeaderValue.encode(text))
        }
    }

    /// Compares the headers of a request with its arguments: both there and equal, or both absent.
    package func check(_ request: MCPRequest, arguments: JSONValue?) throws(ProtocolError) {
        guard request.era == .modern else { return }
        for annotation in annotations {
            let wire = request.parameterHeaders.first { annotation.header.isHeader($0.name) }
            let value = Self.value(at: annotation.path, of: arguments)
            guard Self.agrees(wire, value, isInteger: annotation.isInteger) else {
                throw .headerMismatch(
                    "Mcp-Param-\(annotation.header) header does not match the argument \(annotation.path.joined(separator: "."))",
                    id: request.id)
            }
        }
    }

    private static func agrees(_ wire: ParameterHeader?, _ value: JSONValue?, isInteger: Bool) -> Bool {
        guard let wire, let text = text(value) else { return wire == nil && text(value) == nil }
        guard let stated = HeaderValue.decode(wire.value) else { return false }
        return stated.hasSameBytes(as: text) || isInteger && value?.kind == .number && isSameInteger(stated, text)
    }

    /// Integers compare by value: `42` is `42.0`. Exponents never do.
    private static func isSameInteger(_ one: String, _ other: String) -> Bool {
        guard let one = whole(one), let other = whole(other) else { return false }
        return one == other
    }

    /// The integer part of a plain decimal whose fraction is zero, without leading zeros.
    private static func whole(_ text: String) -> [UInt8]? {
        var digits = text.utf8[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        guard parts.count < 2 || parts[1].allSatisfy({ $0 == 0x30 }) else { return nil }
        let number = Array(parts[0].drop { $0 == 0x30 })
        return isNegative && !number.isEmpty ? [UInt8(ascii: "-")] + number : number
    }

    private static func value(at path: [String], of arguments: JSONValue?) -> JSONValue? {
        path.reduce(arguments) { node, key in node?[key] }
    }

    /// How a value stands in a header; nil when it is absent, null or no plain value: then there is no header.
    private static func text(_ value: JSONValue?) -> String? {
        guard let value else { return nil }
        return value.string ?? value.numberText ?? value.bool.map { $0 ? "true" : "false" }
    }
}

/// Visits every schema position once and collects `x-mcp-header`.
///
/// An annotation counts only on a property that a chain of `properties` reaches from the root; anywhere else it makes
/// the tool invalid. References are not followed. The depth is bounded by the parser.
private struct SchemaWalk {
    var annotations: [ParameterHeaders.Annotation] = []

    private static let single = [
        "items", "contains", "unevaluatedItems", "additionalProperties", "propertyNames", "unevaluatedProperties",
        "not", "if", "then", "else", "contentSchema",
    ]
    private static let lists = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let maps = ["patternProperties", "dependentSchemas", "$defs", "definitions"]

    /// `path` is nil once any keyword but `properties` was passed. False when an annotation is invalid.
    mutating func visit(_ schema: JSONValue, path: [String]?) -> Bool {
        guard schema.kind == .object else { return true }
        if let header = schema.member("x-mcp-header"), !add(header, of: schema, path: path) { return false }
        for (keyword, value) in schema.members {
            if keyword == "properties", value.kind == .object {
                for (name, property) in value.members where !visit(property, path: path.map { $0 + [name] }) {
                    return false
                }
            } else if !visitOthers(keyword, value) {
                return false
            }
        }
        return true
    }

    private mutating func visitOthers(_ keyword: String, _ value: JSONValue) -> Bool {
        if Self.single.contains(keyword) { return visit(value, path: nil) }
        if Self.lists.contains(keyword), value.kind == .array {
            for element in value.elements where !visit(element, path: nil) { return false }
        } else if Self.maps.contains(keyword), value.kind == .object {
            for (_, member) in value.members where !visit(member, path: nil) { return false }
        }
        return true
    }

    private mutating func add(_ header: JSONValue, of schema: JSONValue, path: [String]?) -> Bool {
        guard let path, !path.isEmpty, let name = header.string, Self.isToken(name),
            let type = schema.member("type")?.string, ["string", "integer", "boolean"].contains(type),
            !annotations.contains(where: { $0.header.hasSameLetters(as: name) })
        else { return false }
        annotations.append(.init(path: path, header: name, isInteger: type == "integer"))
        return true
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension String {
    /// Whether both are equal but for the case of ASCII letters.
    fileprivate func hasSameLetters(as other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.lowered == $1.lowered }
    }
}
