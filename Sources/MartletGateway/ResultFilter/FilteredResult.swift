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
    /// The upstream said `isError: true`: the tool ran and reports a failure.
    let isToolError: Bool

    init(
        _ result: JSONValue, answering message: MCPRequest, id: RequestID, spelling: Spelling, receipt: IntentReceipt
    ) throws(CallResult.Defect) {
        let checked = try CallResult(result, of: message.method)
        isToolError = checked.isError
        body = Reply.callResult(to: message, id: id, checked, spelling: spelling) { $0.receipt(receipt) }
    }
}

extension JSONWriter {
    /// Inside `_meta`: the call and where its intent stands.
    mutating func receipt(_ receipt: IntentReceipt) {
        key(MetaKey.receipt)
        beginObject()
        member("call", string: receipt.call.rawValue)
        member("intent", int: Int64(clamping: receipt.index))
        endObject()
    }
}

extension ToolCall {
    /// How the route it came by spells the names of its upstream.
    var spelling: Spelling { input.route == nil ? .verbatim : .aggregated(upstream) }
}
