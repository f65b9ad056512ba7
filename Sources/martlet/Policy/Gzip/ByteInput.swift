import Glibc

/// The bytes of a file, in pieces of 64 KiB.
struct ByteInput: ~Copyable {
    private let descriptor: Int32
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private var position = 0
    private var end = 0
    /// The `errno` of a read that failed, after which there are no more bytes; 0 when none did.
    private(set) var failure: Int32 = 0

    /// `-` is standard input. Nil, with `errno`, when it cannot be opened.
    init?(_ path: String) {
        let opened = open(path == "-" ? "/dev/stdin" : path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// The next byte; nil at the end.
    mutating func next() -> UInt8? {
        if position == end { fill() }
        guard position < end else { return nil }
        defer { position += 1 }
        return chunk[position]
    }

    /// What has been read and not been taken, at most one piece; empty at the end.
    mutating func take() -> ArraySlice<UInt8> {
        if position == end { fill() }
        defer { position = end }
        return chunk[position..<end]
    }

    /// Whether the next bytes are these, within the first piece; takes nothing.
    mutating func isAt(_ bytes: [UInt8]) -> Bool {
        if position == end { fill() }
        return chunk[position..<end].starts(with: bytes)
    }

    private mutating func fill() {
        let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { failure = errno }
        position = 0
        end = max(0, count)
    }
}
