import MartletAudit
import MartletAuthn
import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP

/// The rounds of a call whose upstream asks back: its question goes out with a sealed state of ours, and the answer is
/// the next round of the same call, decided, approved and recorded by itself.
struct InputRounds: Sendable {
    let states: RequestStates
    let parked: ParkedCalls

    /// No call goes on longer. Source: the limit of the reference SDKs.
    static let maximum = 10

    /// How the next round reaches the upstream. Raw values are sealed into states, and live no longer than the process.
    enum Way: String, Sendable {
        /// A request with the answers and the upstream's own state.
        case answers
        /// The answer goes to the call that waits at the upstream.
        case parked
        /// The call once more, after its pages were opened (-32042).
        case again
    }

    /// What a state carries and proves.
    struct Claim: Sendable {
        let call: CallID
        let input: CallInput
        let digest: Digest
        fileprivate let opened: RequestStates.Opened?
        fileprivate let way: Way
    }

    /// The round a request belongs to; throws when its state is not one we gave out for exactly this request.
    func claim(
        _ request: CallRequest, _ message: MCPRequest, _ caller: Principal, _ upstream: UpstreamID, _ exchange: Exchange
    ) throws(ProtocolError) -> Claim {
        let call = exchange.id
        var input = CallInput()
        input.route = exchange.route.recorded
        input.capabilities = exchange.askable(message)
        guard let retry = request.retry else {
            return Claim(call: call, input: input, digest: request.digest, opened: nil, way: .answers)
        }
        let stale = ProtocolError.invalidRequestState(era: message.era, id: message.id)
        guard let decided = Self.decided(request.arguments, retry.responses), let digest = Self.digest(of: decided)
        else { throw stale }
        input.responses = retry.responses
        input.decided = decided
        // Answers by themselves are a new call, decided and recorded as one with its answers.
        guard let state = retry.state else {
            return Claim(call: call, input: input, digest: digest, opened: nil, way: .answers)
        }
        let binding = Self.binding(
            caller, upstream, exchange.route.recorded, message.method.rawValue, request.subject, request.digest)
        guard let opened = states.open(state, for: binding, now: exchange.received),
            let carried = Carried(opened.content), isThere(carried)
        else { throw stale }
        if carried.way == .again, !Self.areAccepted(retry.responses) {
            throw .invalidParams("The page was not opened: nothing was sent", era: message.era, id: message.id)
        }
        input.round = carried.round
        input.attempt = call
        input.upstreamState = carried.state
        return Claim(call: carried.call, input: input, digest: digest, opened: opened, way: carried.way)
    }

    /// Uses the state up, after the decision and before the intent: of two identical retries one goes on. Nil when
    /// another one was faster, or the call that waited is given up.
    func use(_ turn: CallTurn, now: UnixTime) -> CallTurn? {
        guard let claim = turn.claim, let opened = claim.opened else { return turn }
        guard states.use(opened, now: now) else { return nil }
        guard claim.way == .parked else { return turn }
        guard let held = parked.take(.init(call: turn.call.id, round: turn.call.input.round)) else { return nil }
        return CallTurn(call: turn.call, claim: nil, held: held)
    }

    /// Our own state around the upstream's, for the next round of `call`; nil when there can be none.
    func state(around upstream: String?, for call: ToolCall, _ way: Way = .answers, now: UnixTime) -> String? {
        guard call.input.round < Self.maximum, let digest = Self.argumentDigest(of: call) else { return nil }
        let carried = Carried(call: call.id, round: call.input.round + 1, way: way, state: upstream)
        let binding = Self.binding(
            call.principal, call.upstream, call.input.route, call.method, call.subject, digest)
        return states.seal(carried.bytes, for: binding, now: now)
    }

    /// The next round of `call` when its agent was asked on the stream of the call; nil when there can be none. `caller`
    /// answered, in the session of the call: what happens now happens under its credential.
    func next(
        after call: ToolCall, _ asked: InputRequired, _ answers: [String: JSONValue], _ digest: Digest,
        by caller: Principal, attempt: CallID, now: UnixTime
    ) -> ToolCall? {
        guard call.input.round < Self.maximum, let responses = Self.object(answers),
            let decided = Self.decided(call.arguments, responses), let decidedDigest = Self.digest(of: decided)
        else { return nil }
        var input = CallInput()
        input.route = call.input.route
        input.capabilities = call.input.capabilities
        input.round = call.input.round + 1
        input.attempt = attempt
        input.responses = responses
        input.upstreamState = asked.state
        input.asked = Digest(of: asked.asked?.serialized() ?? [])
        input.decided = decided
        return ToolCall(
            id: call.id, principal: caller, upstream: call.upstream, method: call.method, subject: call.subject,
            arguments: call.arguments, argumentDigest: decidedDigest, bodyDigest: digest, model: call.model,
            received: now, input: input)
    }

    /// The question of this round never reached its agent: nobody will come back for what waits.
    func giveUp(after call: ToolCall) { parked.take(.init(call: call.id, round: call.input.round + 1))?.giveUp() }

    private func isThere(_ carried: Carried) -> Bool {
        carried.way != .parked || parked.contains(.init(call: carried.call, round: carried.round))
    }

    /// Whoever did not agree to open a page has not opened it.
    private static func areAccepted(_ responses: JSONValue?) -> Bool {
        guard let responses, responses.count > 0 else { return false }
        return responses.members.allSatisfy { $0.value.member("action")?.isString("accept") == true }
    }

    /// A state is a credential of its route, as a token is. Written as JSON, so that no two different sets of values give
    /// the same bytes.
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
        object(["arguments": arguments ?? .emptyObject, "inputResponses": responses ?? .emptyObject])
    }

    private static func object(_ members: [String: JSONValue]) -> JSONValue? {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            writer.key(key)
            writer.value(value)
        }
        writer.endObject()
        do {
            return try JSONValue.parse(writer.bytes)
        } catch {
            return nil  // Deeper than a request may be: not a round we could record.
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
    let way: InputRounds.Way
    let state: String?

    init(call: CallID, round: Int, way: InputRounds.Way, state: String?) {
        self.call = call
        self.round = round
        self.way = way
        self.state = state
    }

    init?(_ bytes: [UInt8]) {
        do {
            let value = try JSONValue.parse(bytes)
            guard let call = value.member("call")?.string.flatMap({ CallID($0) }),
                let round = value.member("round")?.integer,
                let way = value.member("way")?.string.flatMap(InputRounds.Way.init)
            else { return nil }
            self.init(call: call, round: Int(round), way: way, state: value.member("state")?.string)
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("call", string: call.rawValue)
        writer.member("round", int: round)
        writer.member("way", string: way.rawValue)
        if let state { writer.member("state", string: state) }
        writer.endObject()
        return writer.bytes
    }
}
