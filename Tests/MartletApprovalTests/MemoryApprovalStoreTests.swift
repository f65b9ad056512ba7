import MartletTesting
import Testing

@Suite("The store in memory")
struct MemoryApprovalStoreTests {
    @Test("keeps the contract", arguments: ApprovalStoreContract.allCases)
    func contract(rule: ApprovalStoreContract) async throws {
        let store = MemoryApprovalStore()
        try await rule.check(store, store)
    }
}
