import MartletJSON
import MartletMCP

/// One HTTP request as text: field lines, an empty line, the body.
///
/// The field `schema` is none of the request: it is the input schema of the tool that is called.
struct HeaderInput {
    private(set) var fields: [(name: String, value: String)] = []
    private(set) var schema: JSONValue?
    private(set) var body: [UInt8] = []

    init(_ input: [UInt8]) {
        var rest = input[...]
        while let end = rest.firstIndex(of: 0x0A), end > rest.startIndex {
            take(rest[..<end])
            rest = rest[(end + 1)...]
        }
        body = Array(rest.dropFirst())
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let name = String(decoding: parts[0], as: UTF8.self)
        if name == "schema" {
            schema = Self.json(Array(parts[1]))
        } else {
            fields.append((name, String(decoding: parts[1], as: UTF8.self)))
        }
    }

    /// The `arguments` of the body, whatever the rest of it is worth.
    var arguments: JSONValue? { Self.json(body)?.member("params")?.member("arguments") }

    private static func json(_ bytes: [UInt8]) -> JSONValue? {
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            return nil
        }
    }
}
