import MartletAudit
import MartletAuthn
import MartletCore
import MartletJSON
import MartletMCP

/// The rounds of a call whose upstream asks back: its question goes out with a sealed state of ours, and the answer is
/// the next round of the same call, decided, approved and recorded by itself.
struct InputRounds: Sendable {
    let states: RequestStates

    /// No call goes on longer. Source: the limit of the reference SDKs.
    static let maximum = 10

    /// What a state carries and proves.
    struct Claim: Sendable {
        let call: CallID
        let input: CallInput
        let digest: Digest
        fileprivate let opened: RequestStates.Opened?
    }

    /// The round a request belongs to; nil when its state is not one we gave out for exactly this request.
    func claim(
        _ request: CallRequest, _ message: MCPRequest, _ caller: Principal, _ upstream: UpstreamID, route: Route,
        call: CallID, now: UnixTime
    ) -> Claim? {
        var input = CallInput()
        input.route = route.recorded
        input.capabilities = message.era == .modern && message.method.asksBack ? message.clientCapabilities : nil
        guard let retry = request.retry else {
            return Claim(call: call, input: input, digest: request.digest, opened: nil)
        }
        guard let decided = Self.decided(request.arguments, retry.responses), let digest = Self.digest(of: decided)
        else { return nil }
        input.responses = retry.responses
        input.decided = decided
        // Answers by themselves are a new call, decided and recorded as one with its answers.
        guard let state = retry.state else { return Claim(call: call, input: input, digest: digest, opened: nil) }
        let binding = Self.binding(
            caller, upstream, route.recorded, message.method.rawValue, request.subject, request.digest)
        guard let opened = states.open(state, for: binding, now: now), let carried = Carried(opened.content) else {
            return nil
        }
        input.round = carried.round
        input.attempt = call
        input.upstreamState = carried.state
        return Claim(call: carried.call, input: input, digest: digest, opened: opened)
    }

    /// Of a request that no question leads to: there is nothing to use up.
    func none(of call: ToolCall) -> Claim {
        Claim(call: call.id, input: call.input, digest: call.argumentDigest, opened: nil)
    }

    /// Uses the state up, after the decision and before the intent: of two identical retries one goes on.
    func use(_ claim: Claim, now: UnixTime) -> Bool { claim.opened.map { states.use($0, now: now) } ?? true }

    /// Our own state around the upstream's, for the next round of `call`; nil when there can be none.
    func state(around upstream: String?, for call: ToolCall, now: UnixTime) -> String? {
        guard call.input.round < Self.maximum, let digest = Self.argumentDigest(of: call) else { return nil }
        let carried = Carried(call: call.id, round: call.input.round + 1, state: upstream)
        let binding = Self.binding(
            call.principal, call.upstream, call.input.route, call.method, call.subject, digest)
        return states.seal(carried.bytes, for: binding, now: now)
    }

    /// A state is a credential of its route, as a token is. Written as JSON, so that no two different sets of values give the same bytes.
    private static func binding(
        _ caller: Principal, _ upstream: UpstreamID, _ route: String?, _ method: String, _ subject: CallSubject,
        _ digest: Digest
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginArray()
        for text in ["martlet.state.v1", caller.issuer, caller.agent.rawValue, caller.role.rawValue] {
            writer.string(text)
        }
        if let user = caller.user { writer.string(user.rawValue) } else { writer.null() }
        for text in [upstream.rawValue, route ?? "", method, subject.text, digest.description] { writer.string(text) }
        writer.beginArray()
        for actor in caller.actors { writer.string(actor.rawValue) }
        writer.endArray()
        writer.endArray()
        return writer.bytes
    }

    private static func argumentDigest(of call: ToolCall) -> Digest? {
        guard call.input.decided != nil else { return call.argumentDigest }
        return digest(of: call.arguments ?? .emptyObject)
    }

    private static func decided(_ arguments: JSONValue?, _ responses: JSONValue?) -> JSONValue? {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("arguments", value: arguments ?? .emptyObject)
        writer.member("inputResponses", value: responses ?? .emptyObject)
        writer.endObject()
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            return nil  // Deeper than a request may be: not a retry we could record.
        }
    }

    private static func digest(of value: JSONValue) -> Digest? {
        do {
            return Digest(of: try value.canonical())
        } catch {
            return nil  // Numbers without one canonical form: nothing an approval could bind to.
        }
    }
}

/// The content of a state.
private struct Carried {
    let call: CallID
    let round: Int
    let state: String?

    init(call: CallID, round: Int, state: String?) {
        self.call = call
        self.round = round
        self.state = state
    }

    init?(_ bytes: [UInt8]) {
        do {
            let value = try JSONValue.parse(bytes)
            guard let call = value.member("call")?.string.flatMap({ CallID($0) }),
                let round = value.member("round")?.integer
            else { return nil }
            self.init(call: call, round: Int(round), state: value.member("state")?.string)
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("call", string: call.rawValue)
        writer.member("round", int: round)
        if let state { writer.member("state", string: state) }
        writer.endObject()
        return writer.bytes
    }
}
