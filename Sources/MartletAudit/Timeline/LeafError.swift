/// A leaf that is not a record of this format.
package struct LeafError: Error, Hashable, Sendable {
    package enum Problem: Hashable, Sendable {
        case tooLarge(bytes: Int)
        case notJSON(String)
        case unknownVersion
        case unknownType(String)
        case unknownMember(String)
        /// Absent, or not of its type and form.
        case badMember(String)
    }

    package let index: UInt64
    package let problem: Problem

    package init(index: UInt64, problem: Problem) {
        self.index = index
        self.problem = problem
    }

    package var reason: String {
        switch problem {
        case .tooLarge(let bytes): "the leaf has \(bytes) bytes, more than \(AuditEntry.maximumLeafBytes)"
        case .notJSON(let reason): "the leaf is no strict JSON object: \(reason)"
        case .unknownVersion: "the record is not of version 1"
        case .unknownType(let type): "unknown record type \(type.bounded(to: 64))"
        case .unknownMember(let name): "unknown member \(name.bounded(to: 64))"
        case .badMember(let name): "member \(name) is missing or malformed"
        }
    }
}
