package import MartletAudit
import Synchronization

/// What every audit store keeps to. Each case is one rule; a test runs all of them on each store.
package enum AuditStoreContract: String, CaseIterable, Sendable, CustomStringConvertible {
    case indexesCountUp = "indexes start at 0 and count up without gaps"
    case bytesComeBack = "leaf and payload come back byte for byte"
    case concurrentAppends = "concurrent appends get distinct indexes, and each index holds its own entry"
    case largestLeaf = "a leaf of 65,535 bytes is stored, one of 65,536 is refused and leaves no trace"
    case orderIsKept = "what is put in line stands where it was put, between what is appended before and after"
    case refusalIsThrown = "what cannot be put in line is refused at once, and nothing else is told of it"
    case payloadIsOptional = "an entry without payload has none afterwards, an empty payload is no payload"

    package var description: String { rawValue }

    /// A rule that the store broke.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// Gives everything that was stored, in order of index. Called once, after the last append; it may close the store.
    package typealias Reading = () async throws -> [(leaf: [UInt8], payload: [UInt8]?)]

    /// Checks the rule on an empty store.
    package func check(_ store: any AuditStore, reading: Reading) async throws {
        switch self {
        case .indexesCountUp: try await indexesCountUp(store, reading)
        case .bytesComeBack: try await bytesComeBack(store, reading)
        case .concurrentAppends: try await concurrentAppends(store, reading)
        case .largestLeaf: try await largestLeaf(store, reading)
        case .orderIsKept: try await orderIsKept(store, reading)
        case .refusalIsThrown: try await refusalIsThrown(store, reading)
        case .payloadIsOptional: try await payloadIsOptional(store, reading)
        }
    }
}

extension AuditStoreContract {
    private func indexesCountUp(_ store: any AuditStore, _ reading: Reading) async throws {
        for expected in 0..<5 as Range<UInt64> {
            let index = try await store.append(entry("leaf \(expected)"))
            try expect(index == expected, "append \(expected) returned \(index)")
        }
        try expect(try await reading().count == 5, "five entries are stored")
    }

    private func bytesComeBack(_ store: any AuditStore, _ reading: Reading) async throws {
        let leaf = (0...255).map { UInt8($0) }
        let payload = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        _ = try await store.append(AuditEntry(leaf: leaf, payload: payload, isEssential: true))
        let stored = try await reading()
        try expect(stored.count == 1, "one entry is stored")
        try expect(stored.first?.leaf == leaf, "the leaf comes back")
        try expect(stored.first?.payload == payload, "the payload comes back")
    }

    private func concurrentAppends(_ store: any AuditStore, _ reading: Reading) async throws {
        let indexes = try await withThrowingTaskGroup(of: (Int, UInt64).self) { group in
            for number in 0..<200 {
                group.addTask { (number, try await store.append(entry("leaf \(number)"))) }
            }
            return try await group.reduce(into: [Int: UInt64]()) { $0[$1.0] = $1.1 }
        }
        try expect(Set(indexes.values) == Set(0..<200), "200 appends fill the indexes 0 to 199")
        let stored = try await reading()
        for (number, index) in indexes {
            try expect(stored[Int(index)].leaf == entry("leaf \(number)").leaf, "index \(index) holds leaf \(number)")
        }
    }

    private func largestLeaf(_ store: any AuditStore, _ reading: Reading) async throws {
        let largest = [UInt8](repeating: 0x61, count: AuditEntry.maximumLeafBytes)
        do {
            _ = try await store.append(AuditEntry(leaf: largest + [0x61], payload: nil, isEssential: true))
            throw Violation(description: "a leaf of 65,536 bytes was accepted")
        } catch let error as AuditError {
            guard case .leafTooLarge = error else { throw Violation(description: "\(self): the refusal is \(error)") }
        }
        let index = try await store.append(AuditEntry(leaf: largest, payload: nil, isEssential: true))
        try expect(index == 0, "the refused leaf took an index")
        try expect(try await reading().map(\.leaf) == [largest], "only the largest leaf is stored")
    }

    private func orderIsKept(_ store: any AuditStore, _ reading: Reading) async throws {
        let losses = Mutex(0)
        for round in 0..<5 {
            let index = try await store.append(entry("appended \(round)"))
            try expect(index == UInt64(round * 2), "append \(round) got index \(index)")
            try store.enqueue(entry("put \(round)")) { _ in losses.withLock { $0 += 1 } }
        }
        let leaves = try await reading().map { String(decoding: $0.leaf, as: UTF8.self) }
        try expect(leaves == (0..<5).flatMap { ["appended \($0)", "put \($0)"] }, "the log holds \(leaves)")
        try expect(losses.withLock { $0 } == 0, "a loss was told of that was none")
    }

    private func refusalIsThrown(_ store: any AuditStore, _ reading: Reading) async throws {
        let losses = Mutex(0)
        let leaf = [UInt8](repeating: 0x61, count: AuditEntry.maximumLeafBytes + 1)
        do throws(AuditError) {
            try store.enqueue(AuditEntry(leaf: leaf, payload: nil, isEssential: true)) { _ in
                losses.withLock { $0 += 1 }
            }
        } catch {
            guard case .leafTooLarge = error else { throw Violation(description: "\(self): the refusal is \(error)") }
            _ = try await store.append(entry("behind it"))
            try expect(losses.withLock { $0 } == 0, "what was refused was told of as lost")
            return try expect(try await reading().count == 1, "the refused leaf is stored")
        }
        throw Violation(description: "\(self): a leaf of 65,536 bytes was taken")
    }

    private func payloadIsOptional(_ store: any AuditStore, _ reading: Reading) async throws {
        _ = try await store.append(AuditEntry(leaf: [1], payload: nil, isEssential: true))
        _ = try await store.append(AuditEntry(leaf: [2], payload: [3], isEssential: false))
        _ = try await store.append(AuditEntry(leaf: [4], payload: [], isEssential: true))
        let payloads = try await reading().map { $0.payload ?? [] }
        try expect(payloads == [[], [3], []], "payloads are \(payloads)")
    }

    private func entry(_ text: String) -> AuditEntry {
        AuditEntry(leaf: Array(text.utf8), payload: nil, isEssential: true)
    }

    private func expect(_ isTrue: Bool, _ rule: String) throws {
        guard isTrue else { throw Violation(description: "\(self): \(rule)") }
    }
}
