/// A stream of bytes, where it is cut into pieces, and how much its reader may keep.
///
/// The first byte of the input says how to cut: `0` gives single bytes, anything else pieces of uneven length that it
/// determines. The second one is the limit: 16 bytes for `0`, 8 more for each step. Digits, so that files can be read.
struct CutStream {
    let bytes: [UInt8]
    let limit: Int
    private let seed: UInt8

    init(_ input: [UInt8]) {
        seed = (input.first ?? 0x30) &- 0x30
        limit = 16 + 8 * Int((input.dropFirst().first ?? 0x30) &- 0x30)
        bytes = Array(input.dropFirst(2))
    }

    var pieces: [[UInt8]] {
        var pieces: [[UInt8]] = []
        var state = UInt32(seed)
        var start = 0
        while start < bytes.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            let length = seed == 0 ? 1 : Int(state >> 16) % (Int(seed) + 1)
            let end = min(start + length, bytes.count)
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    var singleBytes: [[UInt8]] { bytes.map { [$0] } }
}

/// What a reader made of a whole stream.
struct Reading<Item: Equatable, Failure: Equatable>: Equatable {
    var items: [Item] = []
    var failure: Failure?
}
