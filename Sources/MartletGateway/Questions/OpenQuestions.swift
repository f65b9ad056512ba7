import MartletCore
import MartletEgress
import MartletJSON
import MartletMCP
import Synchronization

/// The questions that agents of the session era are being asked, and who waits for the answers.
///
/// An answer counts for exactly one question of exactly one session, once; a session belongs to one caller
/// (`SessionTable`). Ids are ours: those of upstreams would collide with each other. Bounded, and every wait ends:
/// by an answer, by `expire`, with the session, or when the call is given up.
/// Source: MCP 2025-11-25, Transports, "Sending Messages to the Server".
final class OpenQuestions: Sendable {
    enum Answers: Sendable {
        /// By the upstream's own keys; the digest is that of the last answer's body, the caller the one who sent it.
        case given([String: JSONValue], Digest, by: Principal?)
        case missing(Unanswered)
    }

    /// The questions of one round under way.
    struct Round: Sendable {
        fileprivate let number: Int
        let ids: [Int64]
    }

    private struct Asked {
        let session: String
        let caller: CallerKey
        let call: CallID
        let expires: UnixTime
        var open: [Int64: InputQuestion]
        var answers: [String: JSONValue] = [:]
        var bytes = 0
        var digest: Digest?
        var waiter: CheckedContinuation<Answers, Never>?
        /// Set once; what comes later finds nothing.
        var result: Answers?
    }

    private struct Table {
        var rounds: [Int: Asked] = [:]
        var lastID: Int64 = 0
        var lastRound = 0

        /// Ends a round once, and gives whoever waits for it.
        mutating func end(_ number: Int, _ answers: Answers) -> Waiting? {
            guard let asked = rounds[number], asked.result == nil else { return nil }
            rounds[number]?.result = answers
            rounds[number]?.waiter = nil
            return asked.waiter.map { Waiting(continuation: $0, answers: answers) }
        }
    }

    private let table = Mutex(Table())
    private let capacity: Int
    private let patience: Seconds
    private let perCaller: Int
    static let maximumPerSession = 8
    /// All answers of one round together.
    static let maximumAnswerBytes = 256 << 10

    /// `patience` is how long one round of questions may wait for its agent.
    init(capacity: Int, patience: Seconds = Seconds(300)) {
        self.capacity = capacity
        perCaller = max(Self.maximumPerSession, capacity / 8)
        self.patience = patience
    }

    /// Opens a round; nil when there are too many already: in this session, of this caller (an eighth) or in all.
    func open(
        _ questions: [InputQuestion], session: String, of caller: Principal, call: CallID, now: UnixTime
    ) -> Round? {
        let caller = CallerKey(caller)
        return table.withLock { table in
            let own = table.rounds.values.filter { $0.caller == caller }
            guard table.rounds.count < capacity, own.count < perCaller,
                own.count(where: { $0.session == session }) < Self.maximumPerSession
            else { return nil }
            var asked = Asked(
                session: session, caller: caller, call: call, expires: now.advanced(by: patience), open: [:])
            var ids: [Int64] = []
            for question in questions {
                table.lastID += 1
                ids.append(table.lastID)
                asked.open[table.lastID] = question
            }
            table.lastRound += 1
            table.rounds[table.lastRound] = asked
            return Round(number: table.lastRound, ids: ids)
        }
    }

    /// Waits for all answers of a round, and closes it.
    func answers(to round: Round) async -> Answers {
        let answers = await withCheckedContinuation { continuation in
            let result = table.withLock { table -> Answers? in
                guard let asked = table.rounds[round.number] else { return Answers.missing(.cancelled) }
                if asked.result == nil { table.rounds[round.number]?.waiter = continuation }
                return asked.result
            }
            if let result { continuation.resume(returning: result) }
        }
        close(round)
        return answers
    }

    func close(_ round: Round) { table.withLock { $0.rounds[round.number] = nil } }

    // MARK: - What ends a wait

    /// Takes an agent's answer in its session. `caller` came with it: the session is its own, the token may be newer.
    func settle(_ response: AgentResponse, by caller: Principal?) throws(ProtocolError) {
        guard case .number(let text) = response.id, let id = Int64(text) else { throw .unknownQuestion }
        let (isKnown, isTaken, waiter) = table.withLock { table -> (Bool, Bool, Waiting?) in
            let found = table.rounds.first { $0.value.session == response.sessionID && $0.value.open[id] != nil }
            guard let (number, asked) = found, asked.result == nil, let question = asked.open[id] else {
                return (false, false, nil)
            }
            guard let value = Self.value(response.answer, to: question),
                asked.bytes + value.writtenCount <= Self.maximumAnswerBytes
            else { return (true, false, nil) }
            table.rounds[number]?.bytes += value.writtenCount
            table.rounds[number]?.open[id] = nil
            table.rounds[number]?.answers[question.key] = value
            table.rounds[number]?.digest = response.bodyDigest
            guard let now = table.rounds[number], now.open.isEmpty else { return (true, true, nil) }
            return (true, true, table.end(number, .given(now.answers, response.bodyDigest, by: caller)))
        }
        waiter?.resume()
        guard isKnown else { throw .unknownQuestion }
        guard isTaken else { throw .malformedAnswer }
    }

    /// The call is given up by its agent.
    func giveUp(_ call: CallID, _ why: Unanswered = .cancelled) { end(why) { $0.call == call } }

    func endSession(_ session: String) { end(.sessionClosed) { $0.session == session } }

    func expire(now: UnixTime) { end(.expired) { $0.expires <= now } }

    func endAll() { end(.cancelled) { _ in true } }

    private func end(_ why: Unanswered, _ isMeant: (Asked) -> Bool) {
        let waiting = table.withLock { table in
            table.rounds.filter { isMeant($0.value) }.keys.compactMap { table.end($0, .missing(why)) }
        }
        for waiter in waiting { waiter.resume() }
    }

    /// A refusal of the agent stands where its answer would.
    private static func value(_ answer: AgentResponse.Answer, to question: InputQuestion) -> JSONValue? {
        switch answer {
        case .result(let value): return question.accepts(value) ? value : nil
        case .error(let code, let message): return InputAnswer.refusal(code: code, message: message)
        }
    }

    /// Who is to be told what, outside of the lock.
    private struct Waiting {
        let continuation: CheckedContinuation<Answers, Never>
        let answers: Answers
        func resume() { continuation.resume(returning: answers) }
    }

    var count: Int { table.withLock { $0.rounds.count } }
}

/// Why nobody answered. Raw values are stored in records: never renamed or reused.
enum Unanswered: String, Hashable, Sendable, CaseIterable {
    case expired = "question_expired"
    case cancelled = "question_cancelled"
    case sessionClosed = "question_session_closed"
    /// The caller was revoked while it was asked.
    case callerRevoked = "question_caller_revoked"
    /// The agent's connection was gone before it could be asked.
    case undelivered = "question_undelivered"
    /// The agent answered with an error, and the upstream's era has no place for one.
    case refused = "question_refused"
}
