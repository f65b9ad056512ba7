import MartletCore
import MartletJSON
import MartletPolicy

/// The records of calls: intent, outcome, denial, doubt.
extension RecordBuilder {
    func intent(
        _ authorized: AuthorizedCall, _ context: CallContext, _ order: OutcomeOrder, by caller: WrittenMembers,
        _ names: RecordedNames, key: DataKey, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        let call = authorized.call
        let head = Head(.callIntent, at: time, call: call.id, round: context.round)
        let kept = call.decided.map { redactor.arguments($0, of: call.upstream, tool: call.subject.tool) }
        let values = arguments(kept?.value, call.argumentDigest, call.bodyDigest, seed)
        let sealing = values.map { Sealing(key: key, values: $0) }
        return try entry(head, seed: seed, sealing: sealing) { writer in
            verified(caller, call.model, to: &writer)
            writer.asserted(context, model: call.model)
            writer.group("observed") { observed in
                observed.arrival(context, method: call.method)
                if call.model.assurance == .observed { observed.model(call.model) }
                observed.field("upstream", call.upstream.rawValue)
                observed.subject(call.subject)
                observed.field("tool_def", context.toolDigest)
                observed.field("args_bytes", call.arguments?.serializedCount ?? 0)
            }
            writer.group("derived") { derived in
                derived.field("decision", "permit")
                derived.field("role", call.principal.role.rawValue)
                derived.field("grant", bounded: authorized.grant.rawValue)
                derived.field("policy", authorized.policyDigest)
                derived.key("approval")
                write(authorized.approval, names, to: &derived)
                derived.field("task_of", bounded: call.task?.task.call.rawValue)
                // Absent is the usual one: before the reply.
                if order != .beforeReply { derived.field("outcome_order", order.rawValue) }
                derived.redactions(kept?.marks ?? [])
            }
        }
    }

    func outcome(
        of intent: IntentReceipt, _ facts: OutcomeFacts, _ open: OpenCall, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        let kept = facts.result.map { redactor.result($0, of: open.upstream, tool: open.tool) }
        let sealing = kept.map { kept in
            var values = Disclosures(room: 64 + kept.value.writtenCount)
            values.add("result", salt: seed.salt) { $0.disclosed(kept.value) }
            return Sealing(key: open.key, values: values)
        }
        let head = Head(.callOutcome, at: time, call: intent.call, intent: intent.index)
        return try entry(head, seed: seed, sealing: sealing) { writer in
            writer.group("observed") { observed in
                observed.field("outcome", facts.outcome.wireName)
                observed.detail(of: facts.outcome)
                observed.field("latency_us", facts.latencyMicroseconds)
                observed.field("result_bytes", facts.resultBytes)
            }
            writer.group("derived") { derived in
                derived.field("may_have_run", facts.outcome.mayHaveRun)
                derived.redactions(kept?.marks ?? [])
            }
        }
    }

    func inDoubt(
        _ intent: IntentReceipt, reason: DoubtReason, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        try entry(Head(.callInDoubt, at: time, call: intent.call, intent: intent.index), seed: seed) { writer in
            writer.group("derived") { derived in
                derived.field("reason", reason.rawValue)
                derived.field("may_have_run", true)
            }
        }
    }

    /// Without a key the denial is recorded without the values, and says so: a refusal must not hang on a key.
    func denial(
        _ facts: DenialFacts, by caller: RecordedCaller?, key: DataKey?, time: UnixTime, seed: RecordSeed
    ) throws(AuditError) -> AuditEntry {
        let head = Head(.callDenied, at: time, call: facts.call, round: facts.context.round)
        let kept = facts.arguments.map { redactor.arguments($0, of: facts.upstream, tool: facts.subject?.tool) }
        let values = arguments(kept?.value, facts.argumentDigest, facts.bodyDigest, seed)
        let sealing = values.flatMap { values in key.map { Sealing(key: $0, values: values) } }
        return try entry(head, seed: seed, sealing: sealing) { writer in
            if let caller { verified(caller.members, facts.model, to: &writer) }
            writer.asserted(facts.context, model: facts.model)
            writer.group("observed") { observed in
                observed.arrival(facts.context, method: facts.method)
                if facts.model.assurance == .observed { observed.model(facts.model) }
                observed.field("upstream", bounded: facts.upstream?.rawValue)
                if let subject = facts.subject {
                    observed.subject(subject)
                } else {
                    observed.field("tool", bounded: facts.tool.map(SecretScanner.redacted), to: 128)
                }
                observed.field("tool_def", facts.context.toolDigest)
                observed.field("args_bytes", facts.arguments?.serializedCount ?? 0)
            }
            writer.group("derived") { derived in
                derived.field("decision", facts.decision)
                derived.field("stage", facts.stage.rawValue)
                derived.field("reason", bounded: facts.reason, to: 64)
                derived.field("role", bounded: facts.principal?.role.rawValue)
                derived.field("grant", bounded: facts.grant)
                derived.field("policy", facts.policyDigest)
                derived.field("approval", bounded: facts.approval, to: 128)
                derived.field("task_of", bounded: facts.taskOf?.rawValue)
                derived.redactions(kept?.marks ?? [])
                if values != nil, sealing == nil { derived.field("unsealed", "no_key") }
                if caller?.isWhole == false { derived.field("unnamed", "no_pseudonym") }
            }
        }
    }

    private func verified(_ caller: WrittenMembers, _ model: ModelAttribution, to writer: inout JSONWriter) {
        writer.group("verified") { verified in
            verified.members(caller)
            if model.isVerified { verified.model(model) }
        }
    }

    private func arguments(
        _ arguments: JSONValue?, _ digest: Digest?, _ body: Digest?, _ seed: RecordSeed
    ) -> Disclosures? {
        guard arguments != nil || digest != nil || body != nil else { return nil }
        var values = Disclosures()
        if digest != nil || body != nil {
            values.add("digests", salt: seed.salt) { writer in
                writer.beginObject()
                writer.field("args", digest)
                writer.field("body", body)
                writer.endObject()
            }
        }
        if let arguments { values.add("args", salt: seed.secondSalt) { $0.disclosed(arguments) } }
        return values
    }

    /// `null` says that no approval was required.
    private func write(
        _ approval: ApprovalFact?, _ names: RecordedNames, to writer: inout JSONWriter
    ) {
        guard let approval else {
            writer.null()
            return
        }
        writer.beginObject()
        writer.field("id", bounded: approval.id, to: 128)
        let approvers = approval.approvers.compactMap { names[approval.issuer, $0] }
        writer.field("approvers", names: approvers, rest: "approvers_omitted")
        writer.field("granted_t", approval.grantedAt)
        writer.field("expires", approval.expires)
        if let leaf = approval.leaf { writer.field("leaf", leaf) }
        writer.field("binding", root.blind(approval.bindingDigest, in: approval.id))
        writer.endObject()
    }
}

extension JSONWriter {
    /// What the call is about, under the word of its kind. Names and URIs are bounded by their types.
    fileprivate mutating func subject(_ subject: CallSubject) {
        switch subject {
        case .tool(let name): field("tool", name.rawValue)
        case .prompt(let name): field("prompt", name.rawValue)
        case .resource(let uri): field("resource", SecretScanner.redacted(uri.rawValue))
        }
    }

    fileprivate mutating func detail(of outcome: CallOutcome) {
        switch outcome {
        case .protocolError(let code): field("code", code)
        case .task(let status): field("task", status.rawValue)
        case .unauthorized(let status): field("status", status)
        case .unreachable(let detail), .garbage(let detail), .notCarried(let detail), .inputRequired(let detail):
            field("detail", bounded: detail)
        case .ok, .toolError, .timedOut, .cancelled, .brokenOff, .tooLarge, .busy, .closed, .eraChanged: break
        }
    }
}

/// Why the end of a call is unknown. Raw values are stored in records: never renamed or reused.
package enum DoubtReason: String, Hashable, Sendable, CaseIterable {
    /// The gateway stopped between intent and outcome.
    case noOutcomeBeforeRestart = "no_outcome_before_restart"
    /// A streamed answer was given up without its outcome.
    case streamAbandoned = "stream_abandoned"
}
