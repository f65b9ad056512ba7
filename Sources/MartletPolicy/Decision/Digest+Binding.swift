import MartletCore
import MartletJSON

extension Principal {
    /// Whether `subject` is the agent, the person it acts for, or a link of the chain between them.
    func isRequester(_ subject: SubjectID) -> Bool {
        subject == agent || subject == user || actors.contains(subject)
    }
}

extension Digest {
    /// What an approval is bound to: the caller, the tool, the exact arguments and the policy; in a later round also the
    /// call, the round and the upstream's state: the same answer to another question is another matter. An agent that is
    /// asked on the stream of its call cannot come back to it: there the approval is bound to the questions themselves, and
    /// stands for the same answer when the call is made again.
    ///
    /// The members are written as JSON, so that no two different sets of values give the same bytes.
    init(binding call: ToolCall, to policy: Digest) {
        var writer = JSONWriter(capacity: 512)
        writer.beginArray()
        writer.string("martlet.approval.v1")
        writer.string(call.principal.agent.rawValue)
        writer.string(call.principal.role.rawValue)
        if let user = call.principal.user { writer.string(user.rawValue) } else { writer.null() }
        writer.string(call.principal.issuer)
        writer.beginArray()
        for actor in call.principal.actors { writer.string(actor.rawValue) }
        writer.endArray()
        writer.string(call.upstream.rawValue)
        writer.string(call.subject.text)
        writer.string(call.argumentDigest.description)
        writer.string(policy.description)
        if call.input.round > 0 { Self.write(roundOf: call, to: &writer) }
        if let task = call.task?.task {
            for text in ["task", call.method, task.call.rawValue, task.upstreamID] { writer.string(text) }
        }
        writer.endArray()
        self.init(of: writer.bytes)
    }

    private static func write(roundOf call: ToolCall, to writer: inout JSONWriter) {
        if let asked = call.input.asked {
            writer.string("questions")
            writer.string(asked.description)
            return
        }
        writer.string("round")
        writer.number(call.input.round)
        writer.string(call.id.rawValue)
        if let state = call.input.upstreamState { writer.string(state) } else { writer.null() }
    }
}
