import Foundation
import MartletCedar
import MartletJSON

/// The public conformance data of Cedar: `corpus.jsonl.gz`, `mcp.jsonl.gz` and `extra/` in one folder.
///
/// It is not part of this repository (CONTRIBUTING.md). `MARTLET_CEDAR_DATA` names the folder; without it, or when it
/// does not exist, the tests that need it are skipped and say so.
enum SchemaData {
    static let folder: URL? = {
        let path = ProcessInfo.processInfo.environment["MARTLET_CEDAR_DATA"] ?? "../shared/data/cedar"
        let url = URL(fileURLWithPath: path, isDirectory: true)
        return FileManager.default.fileExists(atPath: url.appendingPathComponent("corpus.jsonl.gz").path) ? url : nil
    }()

    static let absence = "MARTLET_CEDAR_DATA names no folder with the conformance data"
    static var isPresent: Bool { folder != nil }

    struct Absent: Error {}

    static func file(_ path: String) throws -> [UInt8] {
        guard let folder else { throw Absent() }
        return Array(try Data(contentsOf: folder.appendingPathComponent(path)))
    }

    static func bool(_ value: JSONValue?) throws -> Bool {
        guard let bool = value?.bool else { throw Absent() }
        return bool
    }

    static func json(_ path: String) throws -> JSONValue {
        try JSONValue.parse(try file(path), limits: .cedar)
    }

    /// The names of the files of a folder with this ending, without it.
    static func names(in path: String, ending: String) throws -> [String] {
        guard let folder else { throw Absent() }
        return try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(path).path)
            .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    /// The lines of a compressed file, one JSON value each.
    static func lines(_ path: String) throws -> [JSONValue] {
        guard let folder else { throw Absent() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", folder.appendingPathComponent(path).path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONValue.parse(Array($0), limits: .cedar) }
    }
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
