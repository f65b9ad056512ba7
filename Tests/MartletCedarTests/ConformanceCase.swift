import Foundation
import MartletCedar
import MartletJSON

/// One line of the conformance data: a policy set, entities, and requests with the answers of the reference.
struct ConformanceCase {
    struct Request {
        let request: MartletCedar.Request
        /// nil when the request, the entities or the schema were refused before evaluation.
        let decision: Decision?
        let reasons: Set<Text>
        let errors: Set<Text>
    }

    let id: String
    let json: JSONValue

    init?(_ json: JSONValue) {
        guard let id = json["id"]?.string else { return nil }
        self.id = id
        self.json = json
    }

    /// Policies are numbered, templates go by their `@id`.
    func policies() throws -> PolicySet {
        try Self.policies(Array((json["policies"]?.string ?? "").utf8), links: json["links"])
    }

    static func policies(_ source: [UInt8], links: JSONValue?) throws -> PolicySet {
        var set = PolicySet()
        for (number, body) in try PolicyBody.parse(source).enumerated() {
            let id = body.isTemplate ? body.annotation("id") : nil
            try set.add(body, id: id ?? Text("policy\(number)"))
        }
        for link in links?.elements.map({ $0 }) ?? [] {
            var slots: [Slot: EntityUID] = [:]
            for (key, value) in link["values"]?.members.map({ $0 }) ?? [] {
                guard let slot = Slot(rawValue: key), let uid = value.uid else { continue }
                slots[slot] = uid
            }
            try set.link(
                template: Text(link["template_id"]?.string ?? ""), id: Text(link["new_id"]?.string ?? ""), slots: slots)
        }
        return set
    }

    /// Without a schema.
    func entities() throws -> EntityStore {
        try EntityStore.parse(json: json["entities"]?.serialized() ?? [])
    }

    /// The requests with the answers of the reference; requests that do not read are left out.
    func requests() throws -> [Request] {
        let expected = json["expected"]?["results"]?.elements.map { $0 }
        return try (json["requests"]?.elements.map { $0 } ?? []).enumerated().compactMap { index, item in
            guard let principal = item["principal"]?.uid, let action = item["action"]?.uid,
                let resource = item["resource"]?.uid
            else { return nil }
            let answer = expected?[index] ?? item
            let context = try Record.parse(json: item["context"]?.serialized() ?? Array("{}".utf8))
            return Request(
                request: .init(principal: principal, action: action, resource: resource, context: context),
                decision: Decision(rawValue: answer["decision"]?.string?.lowercased() ?? ""),
                reasons: answer["reason"]?.texts ?? [], errors: answer["errors"]?.texts ?? [])
        }
    }
}

extension JSONValue {
    var uid: EntityUID? {
        let inner = self["__entity"] ?? self
        guard let type = inner["type"]?.string.flatMap({ Name($0) }), let id = inner["id"]?.string else { return nil }
        return EntityUID(type: type, id: Text(id))
    }

    var texts: Set<Text> { Set(elements.compactMap(\.string).map { Text($0) }) }
}

/// The conformance data beside the project; not part of it.
enum ConformanceData {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/cedar")

    static func has(_ file: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: file).path)
    }

    /// The lines of a packed file, unpacked by gzip.
    static func cases(_ file: String) throws -> [ConformanceCase] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", folder.appending(path: file).path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            ConformanceCase(try JSONValue.parse(Array($0), limits: .cedar))
        }
    }
}
