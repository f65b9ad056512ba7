package import MartletJSON

/// The asking back within one call: what the agent can be asked, and what it answered.
///
/// Source: MCP 2026-07-28, Base Protocol, "Multi Round-Trip Requests".
package struct CallInput: Sendable {
    /// The route when it is not the upstream's own, as records name it.
    package var route: String?
    /// `clientCapabilities` of the agent's request; nil when nothing the agent declared can be relayed.
    package var capabilities: JSONValue?
    /// 0 for the first request of a call.
    package var round = 0
    /// The id under which a later round uses up its approval: one id uses one, and each round needs its own.
    package var attempt: CallID?
    /// The `inputResponses` object of the agent.
    package var responses: JSONValue?
    /// The upstream's own `requestState`, byte for byte.
    package var upstreamState: String?
    /// `{"arguments": …, "inputResponses": …}` when there are answers, and in every later round.
    package var decided: JSONValue?
    /// Of a round whose agent was asked on the stream of its call: SHA-256 of the questions.
    package var asked: Digest?
    /// Answers to a question that this gateway did not relay. Only an upstream of the modern era can take them.
    package var isUnprompted: Bool { round == 0 && responses != nil }

    package init() {}
}
