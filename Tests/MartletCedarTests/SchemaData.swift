import Foundation
import MartletCedar
import MartletJSON

/// The conformance data of schemas, validation and entities; see ``ConformanceData``.
enum SchemaData {
    static let absence = "the conformance data is not beside the project"
    static var isPresent: Bool { ConformanceData.has("corpus.jsonl.gz") }

    struct Unreadable: Error {}

    static func bool(_ value: JSONValue?) throws -> Bool {
        guard let bool = value?.bool else { throw Unreadable() }
        return bool
    }

    static func file(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: ConformanceData.folder.appending(path: path)))
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue.parse(try file(path), limits: .cedar)
    }

    /// The names of the files of a folder with this ending, without it.
    static func names(in path: String, ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: ConformanceData.folder.appending(path: path).path)
            .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    /// The lines of a packed file.
    static func lines(_ path: String) throws -> [JSONValue] { try ConformanceData.cases(path).map(\.json) }
}

extension JSONValue {
    /// The value with its members by key, for comparing what is the same in another order.
    var normalized: String {
        switch kind {
        case .object:
            let members = members.map { (key: $0.key, value: $0.value.normalized) }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            return "{\(members.map { "\($0.key.debugDescription):\($0.value)" }.joined(separator: ","))}"
        case .array: return "[\(elements.map(\.normalized).joined(separator: ","))]"
        default: return String(decoding: serialized(), as: UTF8.self)
        }
    }
}
