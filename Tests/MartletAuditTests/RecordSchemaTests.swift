import Foundation
import MartletCore
import MartletJSON
import Testing

@testable import MartletAudit

/// `schema/audit-record.v1.json` is made of what every record has; MARTLET_WRITE_SCHEMA=1 writes it anew.
@Suite("the schema of records")
struct RecordSchemaTests {
    private static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "schema/audit-record.v1.json")
    /// Of every record.
    private static let head = ["v", "type", "id", "t", "node", "env", "posture", "nonce"]

    private static let redactions = #"[{"path":"","rule":""}]"#
    /// Members that records have only of calls of other kinds, other routes, other ends: the end-to-end tests see them.
    private static let elsewhere: [(types: [RecordType], group: String, members: [String: String])] = [
        ([.callIntent, .callDenied], "observed", ["resource": #""""#, "prompt": #""""#, "route": #""""#]),
        ([.callIntent, .callDenied], "derived", ["task_of": #""""#]),
        ([.callIntent], "derived", ["outcome_order": #""""#]),
        ([.callIntent, .callDenied, .callOutcome], "derived", ["redactions": redactions]),
        ([.callDenied], "derived", ["unsealed": #""""#, "unnamed": #""""#]),
        ([.callOutcome], "observed", ["code": "0", "detail": #""""#, "status": "0", "task": #""""#]),
        ([.listFiltered], "observed", ["route": #""""#, "degraded": #"{"erp":""}"#]),
        ([.sessionOpened, .sessionClosed], "observed", ["route": #""""#]),
        ([.streamOpened, .streamClosed], "observed", ["route": #""""#, "upstreams": #"[""]"#]),
        ([.streamOpened], "derived", ["tasks": #"[""]"#]),
    ]

    @Test("the file in the repository is that of this release")
    func isCurrent() async throws {
        let schema = try await Self.schema()
        if ProcessInfo.processInfo.environment["MARTLET_WRITE_SCHEMA"] == "1" {
            try Data(schema.utf8).write(to: Self.file)
        }
        let found = String(decoding: try Data(contentsOf: Self.file), as: UTF8.self)
        #expect(found == schema, "run: MARTLET_WRITE_SCHEMA=1 swift test --filter RecordSchemaTests")
        #expect(throws: Never.self) { try JSONValue.parse(Array(schema.utf8)) }
    }

    private static func schema() async throws -> String {
        let shapes = try await shapes()
        return SchemaText.object { text in
            text.member("$schema", "https://json-schema.org/draft/2020-12/schema")
            text.member("$id", "https://martlet.dev/schema/audit-record.v1.json")
            text.member("title", "A record of Martlet's audit log, version 1")
            text.member("$comment", "Made by RecordSchemaTests of what every type of record has; not to be edited.")
            text.member("type", "object")
            text.member("required", list: head)
            text.list(
                "oneOf", of: shapes.map { type, _ in { $0.member("$ref", "#/$defs/\(type.rawValue)") } })
            text.object("$defs") { definitions in
                for (type, shape) in shapes { definitions.object(type.rawValue) { define(shape, type, &$0) } }
            }
        }
    }

    private static func define(_ shape: RecordShape, _ type: RecordType, _ text: inout SchemaText) {
        text.member("type", "object")
        text.member("required", list: shape.required.union(head).sorted())
        text.object("properties") { properties in
            for (key, member) in shape.members.sorted(by: { $0.key < $1.key }) {
                properties.object(key) { property in
                    switch key {
                    case "v": property.member("const", number: 1)
                    case "type": property.member("const", type.rawValue)
                    default: member.write(to: &property)
                    }
                }
            }
        }
        text.member("additionalProperties", flag: false)
    }

    private static func shapes() async throws -> [(RecordType, RecordShape)] {
        var shapes: [RecordType: RecordShape] = [:]
        for entry in try await EveryRecord.log().entries() {
            shapes[entry.type, default: RecordShape()].take(entry.document)
        }
        for (types, group, members) in elsewhere {
            let texts = members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
            let document = try JSONValue.parse(Array("{\"\(group)\":{\(texts)}}".utf8))
            for type in types { shapes[type]?.take(document) }
        }
        return try RecordType.allCases.map { type in
            var shape = try #require(shapes[type])
            for pointer in type.requiredMembers { shape.require(try #require(JSONPointer(pointer)).tokens) }
            return (type, shape)
        }
    }
}
