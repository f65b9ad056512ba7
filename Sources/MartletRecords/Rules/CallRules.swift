import MartletJSON

/// Intent, outcome, denial, doubt and task of a call.
struct CallRules: Sendable {
    private struct CallRound: Hashable {
        var call: String
        var round: Int64
    }
    private struct Intent {
        var call: String
        var isDenied = false
    }

    private var intents: [UInt64: Intent] = [:]
    private var latest: Recent<CallRound, UInt64>
    private var closed: Recent<UInt64, String>
    private var tasks: Recent<String, UInt64>
    /// A task may have begun in the log before this one, or in an outcome that could not be written, as `log.gap` says.
    private var mayNotKnowTasks = false

    init(memory: Int?) {
        latest = Recent(limit: memory)
        closed = Recent(limit: memory)
        tasks = Recent(limit: memory)
    }

    /// Intents without an outcome. One that was denied is none: its write had failed, and nothing was sent.
    var open: [UInt64] { intents.filter { !$0.value.isDenied }.map(\.key) }

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "call.intent": intent(record, &breaches)
        case "call.outcome", "call.in_doubt": closing(record, &breaches)
        case "call.denied": denial(record, &breaches)
        case "log.gap":
            let lost = record.value("derived", "lost")?.member("call.outcome")?.integer ?? 0
            if lost > 0 { mayNotKnowTasks = true }
        case "shard.opened": mayNotKnowTasks = true
        default: break
        }
    }

    private mutating func intent(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let call = record.call else { return }
        let round = CallRound(call: call, round: record.round)
        if let earlier = latest[round] {
            breaches.append(Breach(.oneIntent, "record \(earlier) is an intent of the same call"))
        }
        latest.set(record.index, for: round)
        intents[record.index] = Intent(call: call)
        if let task = record.taskOf, tasks[task] == nil, !mayNotKnowTasks {
            breaches.append(Breach(.taskHasCall, "no call \(task) became a task before it"))
        }
    }

    private mutating func closing(_ record: LogRecord, _ breaches: inout [Breach]) {
        let index = record.intent ?? 0
        if let call = closed[index], call == record.call {
            breaches.append(Breach(.oneOutcome, "intent \(index) has its outcome already"))
            return
        }
        guard let intent = intents[index], intent.call == record.call else {
            breaches.append(Breach(.outcomeHasIntent, "record \(index) is no intent of this call"))
            return
        }
        if intent.isDenied {
            breaches.append(Breach(.deniedIsNotSent, "intent \(index) was denied, nothing was sent"))
        }
        intents[index] = nil
        closed.set(intent.call, for: index)
        if record.text("observed", "outcome") == "task" { tasks.set(index, for: intent.call) }
    }

    private mutating func denial(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let call = record.call, let index = latest[CallRound(call: call, round: record.round)] else { return }
        let stage = record.text("derived", "stage")
        // The same request sent twice at once: one of the two was first, the other is refused under the same round.
        if stage == "protocol" || stage == "approval" { return }
        guard stage == "audit", intents[index] != nil else {
            breaches.append(Breach(.deniedIsNotSent, "record \(index) is an intent of the same call"))
            return
        }
        intents[index]?.isDenied = true
    }
}
