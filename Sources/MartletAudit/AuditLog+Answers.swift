/// Answers that rest on an event, and events that rest on nothing.
extension AuditLog {
    /// Records `event`, then lets the answer out. When this throws, what the event says does not count.
    package func record(
        _ event: GatewayEvent, answering draft: ResponseDraft
    ) async throws(AuditError) -> AuditedResponse {
        _ = try await recordEvent(event)
        return AuditedResponse(draft)
    }

    /// Records something that has happened already and that nothing waits for. A loss is counted for `log.gap`.
    package func note(_ event: GatewayEvent) async {
        do throws(AuditError) {
            _ = try await recordEvent(event)
        } catch {
            // `recordEvent` has counted the loss; the event itself cannot be undone.
            return
        }
    }
}
