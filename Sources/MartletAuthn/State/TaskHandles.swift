import Crypto
package import MartletCore
import MartletJSON

/// The task ids the gateway gives out in place of an upstream's own: sealed, and bound to their caller.
///
/// `t1.` and the base64url form of nonce, ciphertext and tag; AES-256-GCM with the caller as additional
/// data. A handle of somebody else opens as little as an invented one. Nothing is stored: the key is durable, so tasks
/// survive a restart, and none can be forgotten. It is no credential: every use is authenticated, authorized and recorded
/// by itself. Source: ADR-0015; extension `io.modelcontextprotocol/tasks`, Security; NIST SP 800-38D.
package struct TaskHandles: Sendable {
    private let key: SymmetricKey

    /// `key` is 32 bytes, the same for the life of the state directory.
    package init?(key: Secret) {
        let bytes = key.reveal()
        guard bytes.count == 32 else { return nil }
        self.key = SymmetricKey(data: bytes)
    }

    /// Nil when it cannot be sealed; then there must be no task.
    package func seal(_ task: TaskReference, for caller: Principal) -> String? {
        var writer = JSONWriter(capacity: 256)
        writer.beginArray()
        for text in [
            task.upstream.rawValue, task.upstreamID, task.call.rawValue, task.tool.rawValue, task.grant,
            task.argumentDigest.description,
        ] { writer.string(text) }
        writer.endArray()
        do {
            let box = try AES.GCM.seal(writer.bytes, using: key, authenticating: Self.binding(caller))
            return box.combined.map { Self.prefix + Base64URL.encode(Array($0)) }
        } catch {
            return nil
        }
    }

    /// The task that `text` names for this caller; nil for everything else.
    package func open(_ text: String, for caller: Principal) -> TaskReference? {
        guard text.utf8.count <= Self.maximumBytes, text.utf8.starts(with: Self.prefix.utf8),
            let bytes = Base64URL.decode(String(decoding: text.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self))
        else { return nil }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            let plain = try AES.GCM.open(box, using: key, authenticating: Self.binding(caller))
            return try Self.read(JSONValue.parse(Array(plain)).elements.compactMap(\.string))
        } catch {
            return nil
        }
    }

    private static func read(_ texts: [String]) -> TaskReference? {
        guard texts.count == 6, let upstream = UpstreamID(texts[0]), let call = CallID(texts[2]),
            let tool = ToolName(texts[3]), let digest = Digest(texts[5])
        else { return nil }
        return TaskReference(
            upstream: upstream, upstreamID: texts[1], call: call, tool: tool, grant: texts[4], argumentDigest: digest)
    }

    /// Written as JSON, so that no two different sets of values give the same bytes.
    private static func binding(_ caller: Principal) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginArray()
        for text in ["martlet.task.v1", caller.issuer, caller.agent.rawValue, caller.role.rawValue] {
            writer.string(text)
        }
        if let user = caller.user { writer.string(user.rawValue) } else { writer.null() }
        writer.beginArray()
        for actor in caller.actors { writer.string(actor.rawValue) }
        writer.endArray()
        writer.endArray()
        return writer.bytes
    }

    private static let prefix = "t1."
    private static let maximumBytes = 16_384
}
