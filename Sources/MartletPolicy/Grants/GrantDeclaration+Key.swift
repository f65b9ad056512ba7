import MartletCore
import MartletJSON

extension GrantDeclaration {
    /// Under which the day this grant was first seen is kept. Meaningful for the short form, which has no end of its own.
    package var key: GrantKey {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("agent_role", string: role.rawValue)
        if let upstream { writer.member("upstream", string: upstream.rawValue) }
        writer.key(subject.member)
        writer.string(subject.text)
        writer.key("scope")
        writer.beginArray()
        for word in scope.map(\.text).sorted() { writer.string(word) }
        writer.endArray()
        writer.key("requires_approval")
        writer.bool(requiresApproval)
        writer.endObject()
        return GrantKey(digest: Digest(of: writer.bytes))
    }
}
