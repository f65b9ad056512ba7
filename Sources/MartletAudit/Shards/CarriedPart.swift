package import MartletCore
import MartletJSON

/// As much of what a closed log leaves to the next one as fits one record: holds that are on, erasures, whose keys may seal
/// values in closed logs, and withdrawals of credentials.
package struct CarriedPart: Hashable, Sendable {
    let items: [[UInt8]]
    let part: Int
    let parts: Int

    /// Bytes of items in one record; a leaf holds 65,535.
    private static let room = 48 << 10

    /// All that counts at `time`, divided. No parts when there is nothing to carry.
    package static func parts(of erasures: Erasures, _ withdrawals: Withdrawals, at time: UnixTime) -> [CarriedPart] {
        let holds = erasures.holds.values.sorted { $0.id < $1.id }.map(\.carried)
        let items = holds + erasures.executed.flatMap(\.carried) + withdrawals.items(at: time)
        var groups: [[[UInt8]]] = []
        var bytes = room
        for item in items {
            if bytes + item.count > room {
                groups.append([])
                bytes = 0
            }
            groups[groups.count - 1].append(item)
            bytes += item.count + 1
        }
        return groups.enumerated().map { CarriedPart(items: $1, part: $0 + 1, parts: groups.count) }
    }
}

extension HoldFacts {
    fileprivate var carried: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("kind", "hold")
        writer.field("hold", id)
        writer.field("all", subject == nil)
        if let subject { writer.field("subject", subject.rawValue) }
        writer.field("case", bounded: matter)
        writer.field("uid", by.user)
        writer.field("pid", by.process)
        writer.endObject()
        return writer.bytes
    }
}

extension Erasures.Erasure {
    /// One with many keys takes several items.
    private static let keysOfItem = 500

    fileprivate var carried: [[UInt8]] {
        stride(from: 0, to: max(1, facts.keys.count), by: Self.keysOfItem).map { start in
            var writer = JSONWriter()
            writer.beginObject()
            writer.field("kind", "erasure")
            writer.field("erasure", facts.id)
            writer.field("t", requestedAt)
            writer.field("subject", facts.subject.rawValue)
            if let quarter = facts.quarter { writer.field("quarter", quarter.description) }
            writer.key("keys")
            writer.beginArray()
            for key in facts.keys.dropFirst(start).prefix(Self.keysOfItem) { writer.string(key.rawValue) }
            writer.endArray()
            writer.field("case", bounded: facts.matter)
            writer.field("uid", facts.by.user)
            writer.field("pid", facts.by.process)
            writer.endObject()
            return writer.bytes
        }
    }
}
