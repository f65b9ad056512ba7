package import MartletAudit

extension AuditedStream {
    /// Closes with bytes as they are, for tests that are not about their form.
    package func close(_ facts: OutcomeFacts, last: [UInt8], withheld: [UInt8]) async throws(AuditError) {
        try await close(
            facts, last: ResponseDraft(status: 200, body: last), withheld: ResponseDraft(status: 503, body: withheld)
        ) { $0.body }
    }
}
