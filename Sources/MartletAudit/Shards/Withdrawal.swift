package import MartletCore
import MartletJSON

/// A withdrawal of credentials, as a record of this log or of one before it tells it.
package struct Withdrawal: Sendable {
    /// When it was made.
    package let time: UnixTime
    /// Of the record that tells it, in the log that is read.
    package let index: UInt64
    /// Names and pseudonyms of those whose credentials are withdrawn; none when one credential is.
    package let subjects: [String]
    /// As the record has them: `subject`, `subjects`, `jti`, `digest`, `exp`.
    fileprivate let members: JSONValue
    /// When the credential has ended anyway, or the gateway does not remember the withdrawal any more.
    fileprivate let end: UnixTime
    /// So long the gateway itself remembers one without an end.
    private static let memory = Seconds(3650 * 86_400)
    /// A credential may be accepted for a moment after its end.
    private static let leeway = Seconds(60)

    /// All that a record tells: one of `cred.revoked`, those of `shard.carried`, none of the others.
    package static func told(by entry: TimelineEntry) -> [Withdrawal] {
        guard let derived = entry.document.member("derived") else { return [] }
        switch entry.type {
        case .credentialRevoked: return [Withdrawal(derived, at: entry.time, entry.index)]
        case .shardCarried:
            let items = derived.member("items")?.elements.filter { $0.member("kind")?.string == "revocation" } ?? []
            return items.compactMap { item in
                (item.member("t")?.string).flatMap(UnixTime.init(rfc3339:)).map {
                    Withdrawal(item, at: $0, entry.index)
                }
            }
        default: return []
        }
    }

    private init(_ members: JSONValue, at time: UnixTime, _ index: UInt64) {
        (self.members, self.time, self.index) = (members, time, index)
        let others = members.member("subjects")?.elements.compactMap(\.string) ?? []
        subjects = [members.member("subject")?.string].compactMap(\.self) + others
        let stated = (members.member("exp")?.string).flatMap(UnixTime.init(rfc3339:))
        end = stated?.advanced(by: Self.leeway) ?? time.advanced(by: Self.memory)
    }
}

/// The withdrawals of a log that still count at its end, record by record, in order.
package struct Withdrawals: Sendable {
    private var all: [Withdrawal] = []

    package init() {}

    package mutating func take(_ entry: TimelineEntry) { all += Withdrawal.told(by: entry) }

    /// As the next log carries them; what has ended by itself is left out. The same one is carried once.
    func items(at time: UnixTime) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return all.filter { time < $0.end }.map(\.carried).filter { seen.insert($0).inserted }
    }
}

extension Withdrawal {
    fileprivate var carried: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("kind", "revocation")
        writer.field("t", time)
        writer.field("subject", bounded: members.member("subject")?.string, to: 1024)
        if members.member("subjects") != nil {
            writer.field("subjects", names: Array(Set(subjects)).sorted(), rest: "subjects_omitted")
        }
        for key in ["jti", "digest", "exp"] as [StaticString] {
            writer.field(key, bounded: members.member(key)?.string)
        }
        writer.endObject()
        return writer.bytes
    }
}
