/// One of the logs that a gateway has written one after the other. Only the last one grows.
package struct LogShard: Hashable, Sendable {
    /// From 1 on.
    package let number: Int
    /// A C2SP log as it lies.
    package let directory: String

    /// The name of the log: `base` for the first one, and from the second one on the number behind it.
    package func origin(_ base: String) -> String { Self.origin(number, base: base) }

    package static func origin(_ number: Int, base: String) -> String { number == 1 ? base : "\(base)/\(number)" }

    /// The number that a name stands for; nil when it is no shard of `base`.
    package static func number(of origin: String, base: String) -> Int? {
        if origin.utf8.elementsEqual(base.utf8) { return 1 }
        guard let slash = origin.lastIndex(of: "/"), let number = Int(origin[origin.index(after: slash)...]),
            number > 1,
            Self.origin(number, base: base).utf8.elementsEqual(origin.utf8)
        else { return nil }
        return number
    }
}
