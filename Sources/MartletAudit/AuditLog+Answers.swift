/// Answers that rest on an event.
extension AuditLog {
    /// Records `event`, then lets the answer out. When this throws, what the event says does not count.
    package func record(
        _ event: GatewayEvent, answering draft: ResponseDraft
    ) async throws(AuditError) -> AuditedResponse {
        _ = try await recordEvent(event)
        return AuditedResponse(draft)
    }
}
