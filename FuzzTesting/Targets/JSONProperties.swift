import Foundation
import MartletJSON

/// What is read is unambiguous JSON, means the same after each way of writing it, and has one canonical form.
enum JSONProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue.parse(input)
        } catch {
            return try require((0...input.count).contains(error.offset), "the error points outside of the document")
        }
        try check(value, input)
    }

    private static func check(_ value: JSONValue, _ input: [UInt8]) throws(Violation) {
        let tree = JSONTree(value)
        try checkKeys(value, tree)
        try checkWriting(value, tree)
        try checkCanonicalForm(value, tree)
        try checkPeer(input, tree)
    }

    private static func checkKeys(_ value: JSONValue, _ tree: JSONTree) throws(Violation) {
        for case .object(let members) in tree.all {
            try require(Set(members.map(\.key)).count == members.count, "an object has a key twice")
            try require(members.allSatisfy { !$0.key.contains(0) }, "a key contains NUL")
        }
        for (key, member) in value.members {
            guard let found = value[key] else { throw Violation(description: "a member is not found by its key") }
            try require(JSONTree(found) == JSONTree(member), "a key leads to another member")
        }
    }

    private static func checkWriting(_ value: JSONValue, _ tree: JSONTree) throws(Violation) {
        let written = value.serialized()
        let again = try read(written, "the written form is not read")
        try require(JSONTree(again) == tree, "the written form means something else")
        try require(again.serialized() == written, "writing is not a fixed point")
        for element in value.elements {
            let alone = try read(element.serialized(), "an element written alone is not read")
            try require(JSONTree(alone) == JSONTree(element), "an element written alone means something else")
        }
    }

    private static func checkCanonicalForm(_ value: JSONValue, _ tree: JSONTree) throws(Violation) {
        guard let canonical = try canonical(value, tree) else { return }
        let again = try read(canonical, "the canonical form is not read")
        let form = JSONTree(again)
        try require(form.normalized == tree.normalized, "the canonical form means something else")
        try require(form.isSorted, "the canonical form is not sorted")
        try require(again.serialized() == canonical, "the canonical form is not minimal")
        try require(try self.canonical(again, form) == canonical, "the canonical form is not a fixed point")
    }

    /// Nil when a number has none.
    private static func canonical(_ value: JSONValue, _ tree: JSONTree) throws(Violation) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(JSONError) {
            bytes = try value.canonical()
        } catch {
            guard case .numberNotExact = error else { throw Violation(description: "no canonical form: \(error)") }
            return nil
        }
        try require(!tree.all.contains(where: \.isNumberOutOfRange), "a number without a double has a canonical form")
        return bytes
    }

    /// Another parser reads what we read. It refuses numbers without a double, which we pass on as text.
    private static func checkPeer(_ input: [UInt8], _ tree: JSONTree) throws(Violation) {
        guard !tree.all.contains(where: \.isNumberOutOfRange) else { return }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        } catch {
            throw Violation(description: "Foundation does not read this: \(error)")
        }
    }

    private static func read(_ bytes: [UInt8], _ sentence: String) throws(Violation) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw Violation(description: "\(sentence): \(error)")
        }
    }
}
