import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP

/// An upstream's result after stage 8: its shape is checked, what only the gateway may say is removed, and the receipt
/// is added.
///
/// Everything else stays as the upstream sent it, field by field; a gateway that loses fields is not transparent.
struct FilteredResult: Sendable {
    /// The reply, ready to be sent.
    let body: [UInt8]
    /// Where in it the receipt ends.
    private(set) var receipt: Int?
    /// The upstream said `isError: true`: the tool ran and reports a failure.
    let isToolError: Bool

    init(
        _ result: JSONValue, answering message: MCPRequest, id: RequestID, spelling: Spelling, receipt: IntentReceipt
    ) throws(CallResult.Defect) {
        let checked = try CallResult(result, of: message.method)
        isToolError = checked.isError
        var end: Int?
        body = Reply.callResult(to: message, id: id, checked, spelling: spelling) { end = $0.receipt(receipt) }
        self.receipt = end
    }
}

extension JSONWriter {
    /// Inside `_meta`: the call and where its intent stands. Gives where the receipt ends, for `ResponseDraft`.
    @discardableResult
    mutating func receipt(_ receipt: IntentReceipt) -> Int {
        self.receipt(of: receipt.call, intent: receipt.index)
    }

    /// The receipt of a call; without an intent of one that was refused.
    mutating func receipt(of call: CallID, intent: UInt64? = nil) -> Int {
        key(MetaKey.receipt)
        beginObject()
        member("call", string: call.rawValue)
        if let intent { member("intent", int: Int64(clamping: intent)) }
        defer { endObject() }
        return bytes.count
    }
}

extension ToolCall {
    /// How the route it came by spells the names of its upstream.
    var spelling: Spelling { input.route == nil ? .verbatim : .aggregated(upstream) }
}
