/// Where one tile lies below the address of its log. Source: C2SP tlog-tiles, "Merkle Tree" and "Log entries".
package struct TilePath: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Hashes: of leaves on level 0, and on each level above of the full tiles below. Levels go from 0 to 63.
        case hashes(level: Int)
        /// The leaves themselves.
        case entries
    }

    /// Hashes, or leaves, of a full tile.
    package static let fullWidth = 256
    private static let highestLevel = 63

    package let kind: Kind
    /// Counted from 0 within the level.
    package let index: UInt64
    /// 1 to 255 for a partial tile, 256 for a full one.
    package let width: Int

    /// nil when level or width is out of its range.
    package init?(_ kind: Kind, index: UInt64, width: Int = fullWidth) {
        guard (1...Self.fullWidth).contains(width) else { return nil }
        if case .hashes(let level) = kind, !(0...Self.highestLevel).contains(level) { return nil }
        self.init(unchecked: kind, index: index, width: width)
    }

    init(unchecked kind: Kind, index: UInt64, width: Int) {
        (self.kind, self.index, self.width) = (kind, index, width)
    }

    package var isFull: Bool { width == Self.fullWidth }

    /// The full tile that takes the place of this one when the log has grown.
    package var full: TilePath { TilePath(unchecked: kind, index: index, width: Self.fullWidth) }

    /// The full bundle with the leaves of a tile of level 0.
    package var entries: TilePath { TilePath(unchecked: .entries, index: index, width: Self.fullWidth) }

    /// For example `tile/0/x001/234` or `tile/entries/000.p/17`.
    package var text: String { isFull ? fullText : "\(partialDirectory)/\(width)" }

    /// The directory of the partial tiles that come before the full one.
    package var partialDirectory: String { fullText + ".p" }

    private var fullText: String {
        let digits = String(index)
        let padded = String(repeating: "0", count: (3 - digits.utf8.count % 3) % 3) + digits
        let groups = stride(from: 0, to: padded.utf8.count, by: 3).map { start in
            let group = String(decoding: padded.utf8.dropFirst(start).prefix(3), as: UTF8.self)
            return start + 3 == padded.utf8.count ? group : "x" + group
        }
        return "tile/\(kindText)/" + groups.joined(separator: "/")
    }

    private var kindText: String {
        switch kind {
        case .hashes(let level): String(level)
        case .entries: "entries"
        }
    }
}

extension TilePath {
    /// Reads exactly what `text` writes; nil for everything else.
    package init?(_ text: String) {
        var parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        guard parts.count >= 3, parts.removeFirst().elementsEqual("tile".utf8) else { return nil }
        let kindPart = parts.removeFirst()
        var width = Self.fullWidth
        let partial = Array(".p".utf8)
        if parts.count >= 2, let last = parts.dropLast().last, last.suffix(2).elementsEqual(partial) {
            guard let number = parts.last.flatMap({ Self.number($0) }), number < UInt64(width) else { return nil }
            width = Int(number)
            parts = parts.dropLast(2) + [last.dropLast(2)]
        }
        guard let kind = Self.kind(kindPart), let index = Self.index(parts),
            let path = TilePath(kind, index: index, width: width), path.text.utf8.elementsEqual(text.utf8)
        else { return nil }
        self = path
    }

    private static func kind(_ text: Substring.UTF8View) -> Kind? {
        if text.elementsEqual("entries".utf8) { return .entries }
        return number(text).flatMap { Int(exactly: $0) }.map { .hashes(level: $0) }
    }

    /// Groups of three digits, all but the last with an `x` in front.
    private static func index(_ groups: ArraySlice<Substring.UTF8View>) -> UInt64? {
        var digits: [UInt8] = []
        for (place, group) in groups.enumerated() {
            let isLast = place == groups.count - 1
            guard isLast || group.first == UInt8(ascii: "x") else { return nil }
            digits += isLast ? group : group.dropFirst()
        }
        return number(digits)
    }

    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
