import MartletAudit
import MartletCore
import MartletJSON
import MartletMCP
import MartletPolicy

/// Tells agents on their standing streams how their tasks stand.
///
/// What an upstream says of a task by itself may hold its result. It is told as the answer to a look would be: the grant
/// of the call that began the task must be alive, intent and outcome are durable before it leaves, and what is not a
/// sound state, or asks what the agent did not declare, is not told; asking gives the reason. Source: ADR-0015.
final class TaskTeller: Sendable {
    private struct Telling: Sendable {
        let change: TaskChange
        let upstream: UpstreamID
        let line: StandingLine
        let agent: AgentCapabilities
    }

    private let policy: PolicyEngine
    private let audit: AuditLog
    private let errors: ErrorMapping
    private let clock: any GatewayClock
    private let random: any RandomSource
    /// One for each stream at most: a stream has one message under way.
    private let waiting: AsyncStream<Telling>
    private let door: AsyncStream<Telling>.Continuation

    init(
        policy: PolicyEngine, audit: AuditLog, errors: ErrorMapping, clock: any GatewayClock, random: any RandomSource
    ) {
        (self.policy, self.audit, self.errors, self.clock, self.random) = (policy, audit, errors, clock, random)
        (waiting, door) = AsyncStream.makeStream()
    }

    /// Has `line` told of `change` as soon as that is on record; `agent` is what its agent declared.
    func tell(_ change: TaskChange, of upstream: UpstreamID, to line: StandingLine, _ agent: AgentCapabilities) {
        door.yield(Telling(change: change, upstream: upstream, line: line, agent: agent))
    }

    /// Runs until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await telling in waiting { group.addTask { await self.tell(telling) } }
        }
    }

    private func tell(_ telling: Telling) async {
        let (line, facts) = (telling.line, telling.line.stream.facts)
        // Who was revoked is told nothing, and nothing is recorded as told.
        guard line.stream.isOpen, let state = Self.state(telling), let subscription = line.subscription,
            let (handle, task) = line.filter.task(telling.change.upstreamID, of: telling.upstream)
        else { return line.skip() }
        let now = clock.now()
        let call = ToolCall(
            telling: facts.principal, of: task, id: CallID(time: now, random: RandomBits(random)),
            route: facts.context.route, now: now)
        guard case .permit(let proof) = policy.decide(call, approval: nil, now: now) else { return line.skip() }
        do throws(AuditError) {
            let intent = try await audit.recordIntent(proof, context: facts.context).intent
            let outcome = OutcomeFacts(
                .task(state.status), latencyMicroseconds: 0, resultBytes: telling.change.params.writtenCount,
                result: telling.change.params)
            _ = try await audit.recordOutcome(of: intent, outcome, answering: ResponseDraft(status: 0))
            line.send(
                Reply.task(
                    told: state, as: handle, subscription: subscription, spelling: call.spelling, error: errors.relayed
                ) { $0.receipt(intent) })
        } catch {
            line.skip()
        }
    }

    private static func state(_ telling: Telling) -> TaskState? {
        do throws(CallResult.Defect) {
            let state = try TaskState(told: telling.change)
            return state.missing(from: telling.agent) == nil ? state : nil
        } catch {
            return nil
        }
    }
}
