package import MartletJSON

/// Where the arguments of a call differ from those that somebody approved. Pure.
package struct ArgumentDiff: Hashable, Sendable {
    package struct Change: Hashable, Sendable {
        /// JSON Pointer.
        package let path: String
        /// As JSON text; nil where there was nothing.
        package let approved: String?
        package let tried: String?
    }

    /// At most `limit` of them, in the order of the approved arguments, additions last.
    package private(set) var changes: [Change] = []
    /// How many more there are.
    package private(set) var omitted = 0
    private let limit: Int

    package init(approved: JSONValue, tried: JSONValue, limit: Int = 32) {
        self.limit = limit
        compare(approved, tried, "")
    }

    package var isEqual: Bool { changes.isEmpty && omitted == 0 }

    private mutating func compare(_ approved: JSONValue, _ tried: JSONValue, _ path: String) {
        if approved.kind == .object, tried.kind == .object {
            for (key, value) in approved.members {
                let place = path + "/" + Self.escaped(key)
                guard let other = tried[key] else {
                    add(place, Self.text(value), nil)
                    continue
                }
                compare(value, other, place)
            }
            for (key, value) in tried.members where approved[key] == nil {
                add(path + "/" + Self.escaped(key), nil, Self.text(value))
            }
        } else if approved.kind == .array, tried.kind == .array {
            let (left, right) = (Array(approved.elements), Array(tried.elements))
            for place in 0..<max(left.count, right.count) {
                let name = "\(path)/\(place)"
                if place < left.count, place < right.count {
                    compare(left[place], right[place], name)
                } else {
                    add(
                        name, place < left.count ? Self.text(left[place]) : nil,
                        place < right.count ? Self.text(right[place]) : nil)
                }
            }
        } else if Self.canonical(approved) != Self.canonical(tried) {
            add(path, Self.text(approved), Self.text(tried))
        }
    }

    private mutating func add(_ path: String, _ approved: String?, _ tried: String?) {
        guard changes.count < limit else {
            omitted += 1
            return
        }
        changes.append(Change(path: path, approved: approved, tried: tried))
    }

    /// As approvals compare: `250.00` is `250`. Source: RFC 8785.
    private static func canonical(_ value: JSONValue) -> [UInt8] {
        do { return try value.canonical() } catch { return value.serialized() }
    }

    private static func text(_ value: JSONValue) -> String {
        String(decoding: value.serialized(), as: UTF8.self).bounded(to: 512)
    }

    /// Source: RFC 6901, section 3.
    private static func escaped(_ key: String) -> String {
        key.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }
}
