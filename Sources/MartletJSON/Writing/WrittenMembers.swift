/// Members of an object that are the same each time: written once, and copied from then on.
package struct WrittenMembers: Sendable {
    let bytes: [UInt8]

    /// Takes the members that `write` writes, keys and values in pairs.
    package init(_ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        bytes = writer.bytes
    }
}

extension JSONWriter {
    package mutating func members(_ members: WrittenMembers) {
        guard !members.bytes.isEmpty else { return }
        raw(members.bytes)
    }
}
