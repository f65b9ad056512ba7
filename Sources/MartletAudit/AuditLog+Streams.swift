/// Standing streams.
extension AuditLog {
    /// Records that a stream is opened, and for what; of `head`, status and headers are sent.
    ///
    /// When this throws, nothing may be told.
    package func openStanding(
        _ facts: StreamFacts, head: ResponseDraft, to sink: @escaping AuditedStream.Sink
    ) async throws(AuditError) -> StandingStream {
        let index = try await recordEvent(.streamOpened(facts))
        return StandingStream(facts: facts, opened: index, log: self, head: head, sink: sink)
    }
}
