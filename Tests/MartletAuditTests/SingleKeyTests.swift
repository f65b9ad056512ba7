import Foundation
import MartletAudit
import MartletCore
import MartletJSON
import Testing

/// Records that a release with one key for everything has written (`Tests/Vectors/sealing/single-key.json`).
struct SingleKeyTests {
    private struct Stored {
        let root: RootKey
        let records: [(entry: TimelineEntry, payload: [UInt8])]

        init() throws {
            let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let file = folder.appendingPathComponent("Vectors/sealing/single-key.json")
            let stored = try JSONValue.parse(Array(try Data(contentsOf: file)))
            let key = try #require(stored.member("key")?.string.flatMap { Base64URL.decode($0) })
            root = try #require(RootKey(key: Secret(bytes: key)))
            records = try #require(stored.member("records")).elements.map { record in
                let leaf = Array(try #require(record.member("leaf")?.string).utf8)
                let payload = try #require(record.member("payload")?.string.flatMap { Base64URL.decode($0) })
                return (try TimelineEntry(leaf: leaf, index: 20), payload)
            }
        }
    }

    @Test("what an earlier release sealed under the one key opens, and matches its commitment")
    func opens() throws {
        let stored = try Stored()
        let keys = ReadingKeys(root: stored.root, erasures: Erasures()) { _ in .absent }
        #expect(stored.records.count == 5)
        for (entry, payload) in stored.records {
            guard case .opened(let values) = keys.values(of: entry, payload: payload) else {
                Issue.record("\(entry.type) does not open")
                continue
            }
            #expect(values.member("salt")?.string != nil)
            #expect(entry.sealed?.key == stored.root.id)
        }
    }

    @Test("a payment of then still shows its arguments")
    func arguments() throws {
        let stored = try Stored()
        let record = try #require(
            stored.records.first { $0.entry.tool == "issue_payment" && $0.entry.type == .callIntent })
        let values = SealedValues(keys: ReadingKeys(root: stored.root, erasures: Erasures()) { _ in .absent }) { _ in
            record.payload
        }
        #expect(values.arguments(of: record.entry)?.member("vendor_id")?.string != nil)
    }

    @Test("another key leaves them sealed, a changed payload contradicts")
    func others() throws {
        let stored = try Stored()
        let record = stored.records[0]
        let other = ReadingKeys(root: try Fixture.root(), erasures: Erasures()) { _ in .absent }
        #expect(other.word(record.entry, record.payload) == "sealed")
        var payload = record.payload
        payload[3] ^= 1
        #expect(
            ReadingKeys(root: stored.root, erasures: Erasures()) { _ in .absent }.word(record.entry, payload)
                == "contradicts")
    }
}
