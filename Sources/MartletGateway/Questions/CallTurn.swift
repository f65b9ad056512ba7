import MartletCore
import MartletEgress

/// One round of a call on its way through stages 4 to 9.
struct CallTurn: Sendable {
    let call: ToolCall
    /// The state that the request came with, to be used up; nil when the round began here.
    var claim: InputRounds.Claim?
    /// The running call that this round's answer goes to; nil when the round is a request of its own.
    var held: (any HeldCall)?
}
