import MartletAudit
import MartletTesting
import Testing

struct MemoryStoreTests {
    @Test("the store in memory keeps the contract", arguments: AuditStoreContract.allCases)
    func contract(rule: AuditStoreContract) async throws {
        let store = MemoryAuditStore()
        try await rule.check(store) { store.entries.map { ($0.leaf, $0.payload) } }
    }

    /// Gives every entry the index 0.
    private struct Forgetful: AuditStore {
        let inner = MemoryAuditStore()
        func append(_ entry: AuditEntry) async throws(AuditError) -> UInt64 {
            _ = try await inner.append(AuditEntry(leaf: entry.leaf, payload: nil, isEssential: true))
            return 0
        }

        /// Forgets these, and says nothing.
        func enqueue(_ entry: AuditEntry, lost: @escaping @Sendable (AuditError) -> Void) {}
    }

    @Test(
        "the contract finds a store that breaks it",
        arguments: [
            AuditStoreContract.indexesCountUp, .bytesComeBack, .concurrentAppends, .orderIsKept, .refusalIsThrown,
            .payloadIsOptional,
        ])
    func broken(rule: AuditStoreContract) async {
        let store = Forgetful()
        await #expect(throws: AuditStoreContract.Violation.self) {
            try await rule.check(store) { store.inner.entries.map { ($0.leaf, $0.payload) } }
        }
    }
}
