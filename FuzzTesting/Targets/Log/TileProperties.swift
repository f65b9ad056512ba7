import MartletTransparency

/// A path names one tile, and has one spelling; a tile holds what its width says, and is written as it was read.
enum TileProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let line = String(decoding: input.prefix { $0 != 0x0A }, as: UTF8.self)
        let content = Array(input.drop { $0 != 0x0A }.dropFirst())
        if let path = TilePath(line) {
            try require(isSameText(path.text, line), "the path of a tile is not printed as it was read")
            try check(path)
            try checkContent(content, width: path.width)
        }
        for (width, kind) in [(1, TilePath.Kind.entries), (2, .hashes(level: 63)), (256, .hashes(level: 0))] {
            try checkContent(content, width: width)
            if let path = TilePath(kind, index: Self.number(content), width: width) { try check(path) }
        }
        let places = content.prefix(3).map(Int.init)
        if places.count == 3 {
            let path = TilePath(
                .hashes(level: places[0]), index: Self.number(content), width: places[1] + places[2] - 100)
            if let path { try check(path) }
        }
        try checkSize(Self.number(content))
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

    private static func check(_ path: TilePath) throws(Violation) {
        try require((1...256).contains(path.width) && path.isFull == (path.width == 256), "a tile of \(path.width)")
        if case .hashes(let level) = path.kind { try require((0...63).contains(level), "a tile of level \(level)") }
        try require(TilePath(path.kind, index: path.index, width: path.width) == path, "a tile is not where it is")
        for other in [path, path.full, path.entries] {
            try require(TilePath(other.text) == other, "a path is not read as it was printed: \(other.text)")
            let parts = other.text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
            try require(parts.allSatisfy { !$0.isEmpty && !$0.starts(with: ".".utf8) }, "a path leads elsewhere")
            try require(other.text.utf8.count <= 52, "a path is longer than any: \(other.text)")
        }
        for other in ["/" + path.text, path.text + "/", path.text + "/1", "x" + path.text, path.text + ".p/0"] {
            guard let read = TilePath(other) else { continue }
            try require(isSameText(read.text, other) && read != path, "a tile has two paths: \(other)")
        }
    }

    private static func checkContent(_ bytes: [UInt8], width: Int) throws(Violation) {
        if let hashes = HashTile.decode(bytes, width: width) {
            try require(hashes.count == width && HashTile.encode(hashes) == bytes, "hashes are not written as read")
            try require(HashTile.decode(bytes + [0], width: width) == nil, "a tile of hashes with something after it")
        }
        if let leaves = EntryBundle.decode(bytes, width: width) {
            try require(leaves.count == width && written(leaves) == bytes, "leaves are not written as they were read")
            try require(EntryBundle.decode(bytes, width: width + 1) == nil, "a bundle of two widths")
            try require(EntryBundle.decode(bytes + [0, 0], width: width) == nil, "a bundle with something after it")
        }
        try checkLeaves(bytes, limit: width)
        let halves = [Array(bytes.prefix(bytes.count / 2)), Array(bytes.dropFirst(bytes.count / 2)), []]
        let bundle = written(halves) ?? []
        try require(EntryBundle.decode(bundle, width: 3) == halves, "leaves are not read as they were written")
    }

    /// One by one the leaves are those that come together.
    private static func checkLeaves(_ bytes: [UInt8], limit: Int) throws(Violation) {
        var (position, ranges) = (0, [Range<Int>]())
        while position < bytes.count, ranges.count < limit, let place = EntryBundle.leaf(bytes, at: position) {
            try require(place.lowerBound == position + 2 && place.upperBound <= bytes.count, "a leaf lies elsewhere")
            ranges.append(place)
            position = place.upperBound
        }
        let isWhole = position == bytes.count || ranges.count == limit
        let leaves = EntryBundle.leaves(bytes, limit: limit)
        try require(leaves == (isWhole ? ranges.map { Array(bytes[$0]) } : nil), "one by one the leaves are others")
    }

    private static func written(_ leaves: [[UInt8]]) -> [UInt8]? {
        var bundle: [UInt8] = []
        for leaf in leaves { guard EntryBundle.append(leaf, to: &bundle) else { return nil } }
        return bundle
    }

    /// The tiles of a log of any size: those at its right edge, and none behind it.
    private static func checkSize(_ size: UInt64) throws(Violation) {
        var edge: [TilePath] = []
        for level in 0..<8 {
            let hashes = size >> UInt64(8 * level)
            let kind = TilePath.Kind.hashes(level: level)
            let last = TilePath.tile(kind, index: hashes / 256, size: size)
            try require(last.map(\.width) == (hashes % 256 == 0 ? nil : Int(hashes % 256)), "an edge of another width")
            if let last { edge.append(last) }
            if hashes >= 256 {
                let full = TilePath.tile(kind, index: hashes / 256 - 1, size: size)
                try require(full?.isFull == true, "a tile before the edge is not full")
            }
            try require(TilePath.tile(kind, index: hashes / 256 + 1, size: size) == nil, "a tile behind the edge")
        }
        try require(TilePath.partial(size: size) == edge, "the edge of a log is not made of its last tiles")
        let entries = TilePath.tile(.entries, index: size / 256, size: size)
        try require(TilePath.partialEntries(size: size) == entries, "the last bundle is not that of the size")
    }
}
