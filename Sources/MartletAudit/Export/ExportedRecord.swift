package import MartletCore
package import MartletJSON
package import MartletTransparency

/// One record on its way to a sink: the exact leaf, and where in which log it stands.
///
/// Read without strictness: a record of another version of the gateway is exported too, with what can be read of it.
/// Sealed values are not here and cannot be: what a record commits to stays closed. People are pseudonyms unless it was named.
package struct ExportedRecord: Sendable {
    /// The name of the log; with `index` it names the record for ever.
    package let origin: String
    /// Counted from 0 without gaps: a reader who misses one has lost it.
    package let index: UInt64
    package let leaf: [UInt8]
    /// Source: RFC 6962, section 2.1.
    package let hash: MerkleHash
    /// The leaf as JSON; nil when it is no object, or holds a line feed and so cannot be a line.
    package private(set) var document: JSONValue?
    /// Beside the leaf, which has the pseudonyms.
    private(set) var names: [(pseudonym: String, name: String)] = []

    /// The record for a sink that gets names: personal data that an erasure does not reach.
    package func named(by reader: NameReader) -> ExportedRecord {
        guard let document else { return self }
        var record = self
        do throws(LeafError) {
            record.names = try TimelineEntry(leaf: leaf, index: index).pseudonyms.compactMap { pseudonym in
                reader.identity(pseudonym.rawValue).map { (pseudonym.rawValue, $0.name) }
            }
        } catch {
            // A record of another release: as it is.
            return self
        }
        guard !record.names.isEmpty else { return self }
        record.document = TimelineEntry.named(document, by: reader)
        return record
    }

    package init(origin: String, index: UInt64, leaf: [UInt8], hash: MerkleHash) {
        self.origin = origin
        self.index = index
        self.leaf = leaf
        self.hash = hash
        document = Self.parse(leaf)
    }

    /// Hashes the leaf.
    package init(origin: String, index: UInt64, leaf: [UInt8]) {
        self.init(origin: origin, index: index, leaf: leaf, hash: .leaf(leaf))
    }

    private static func parse(_ leaf: [UInt8]) -> JSONValue? {
        guard !leaf.contains(UInt8(ascii: "\n")) else { return nil }
        do throws(JSONError) {
            let document = try JSONValue.parse(leaf)
            return document.kind == .object ? document : nil
        } catch {
            return nil
        }
    }
}

extension ExportedRecord {
    /// The type as it is written, also one that this release does not know.
    package var typeName: String { document?.member("type")?.string ?? "unreadable" }
    package var type: RecordType? { RecordType(rawValue: typeName) }
    /// The record's own id; without one its place in the log.
    package var id: String { document?.member("id")?.string ?? "\(origin)#\(index)" }
    package var time: UnixTime? { document?.member("t")?.string.flatMap { UnixTime(rfc3339: $0) } }
    package var node: String? { document?.member("node")?.string }
    package var environment: String? { document?.member("env")?.string }
    package var call: String? { document?.member("call")?.string }

    func member(_ group: StaticString, _ key: StaticString) -> JSONValue? {
        document?.member(group)?.member(key)
    }

    func text(_ group: StaticString, _ key: StaticString) -> String? { member(group, key)?.string }
    func integer(_ group: StaticString, _ key: StaticString) -> Int64? { member(group, key)?.integer }

    /// Lower-case hexadecimal.
    package var hashText: String { "sha256:" + Hex.encode(hash.bytes) }
}
