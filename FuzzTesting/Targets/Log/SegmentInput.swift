import MartletTransparency

/// A segment file made from an input: its header, and batches that may be made whole first.
///
/// A fuzzer guesses no checksum and no root. The first byte says what is filled in: `0` nothing, `1` the checksum of each
/// entry, `2` what a writer would have written (places, counts, roots and checksums); and 4 more, that another segment
/// follows. The second one damages a byte afterwards: `0` none, else one that it determines.
struct SegmentInput {
    static let headerBytes = 4096
    private static let contentBytes = 2560
    /// What follows the header, with the zeros up to the end of the file.
    private(set) var content: [UInt8]
    let isFollowed: Bool
    /// Where the last byte of the input stands.
    private let used: Int

    init(_ input: [UInt8]) {
        let first = (input.first ?? 0x30) &- 0x30
        let second = (input.dropFirst().first ?? 0x30) &- 0x30
        let bytes = input.dropFirst(2).prefix(Self.contentBytes)
        isFollowed = first & 4 != 0
        used = bytes.count
        content = bytes + [UInt8](repeating: 0, count: Self.contentBytes - bytes.count)
        if first & 3 != 0 { makeWhole(asWriter: first & 3 != 1) }
        if second != 0, used > 0 { content[Int(second) * 11 % used] ^= 1 << (second % 8) }
    }

    var file: [UInt8] { Self.header + content }
    var unused: [UInt8] { [UInt8](repeating: 0, count: Self.headerBytes + Self.contentBytes) }

    /// That of the first segment of a log. Source: `SegmentHeader`.
    private static let header: [UInt8] = {
        let size = [UInt8](repeating: 0, count: 8).enumerated().map {
            UInt8(truncatingIfNeeded: (headerBytes + contentBytes) >> (8 * $0.offset))
        }
        var bytes = Array("MRTLSEG1".utf8) + [UInt8](repeating: 0, count: 8) + size
        bytes += [UInt8](repeating: 0, count: headerBytes - 4 - bytes.count)
        return bytes + SegmentModel.littleEndian(SegmentModel.checksum(bytes[...]))
    }()

    private mutating func makeWhole(asWriter: Bool) {
        var (position, frontier, first, count) = (0, MerkleFrontier(), UInt64(0), UInt32(0))
        while position + 17 <= used {
            let end = position + 17 + Int(SegmentModel.integer(content[position..<(position + 4)]))
            guard end <= used else { return }
            if asWriter {
                switch content[position + 8] {
                case 1:
                    put(SegmentModel.littleEndian(frontier.size), at: position + 9)
                    frontier.append(.leaf(content[(position + 17)..<end]))
                    count += 1
                case 2: put(SegmentModel.littleEndian(frontier.size &- 1), at: position + 9)
                case 3 where end == position + 53:
                    put(SegmentModel.littleEndian(first), at: position + 9)
                    put(SegmentModel.littleEndian(count) + frontier.root.bytes, at: position + 17)
                    (first, count) = (frontier.size, 0)
                default: break
                }
            }
            put(SegmentModel.littleEndian(SegmentModel.checksum(content[(position + 8)..<end])), at: position + 4)
            position = end
        }
    }

    private mutating func put(_ bytes: [UInt8], at position: Int) {
        content.replaceSubrange(position..<(position + bytes.count), with: bytes)
    }
}
