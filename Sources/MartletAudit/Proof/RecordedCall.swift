package import MartletCore

/// Where the intent of a call stands in the log.
package struct IntentReceipt: Sendable, Hashable {
    package let call: CallID
    package let index: UInt64

    package init(call: CallID, index: UInt64) {
        self.call = call
        self.index = index
    }
}

/// The proof that the intent of a call is durable. Dispatch consumes it, so one intent is sent at most once.
///
/// Only `AuditLog` makes one.
package struct RecordedCall: ~Copyable, Sendable {
    package let call: ToolCall
    package let intent: IntentReceipt

    init(call: ToolCall, intent: IntentReceipt) {
        self.call = call
        self.intent = intent
    }
}
