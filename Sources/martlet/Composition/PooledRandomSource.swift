import Glibc
import MartletCore
import Synchronization

/// The kernel's generator, read a page at a time: identifiers and nonces of a call take no system call each.
///
/// Bytes are handed out once and overwritten. Long-lived keys do not come from here.
final class PooledRandomSource: RandomSource {
    private struct Pool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var used = 4096
    }
    private let pool = Mutex(Pool())

    func bytes(_ count: Int) -> [UInt8] {
        guard count <= 256 else { return SystemRandomSource().bytes(count) }
        let taken = pool.withLock { pool -> [UInt8]? in
            if pool.used + count > pool.bytes.count {
                guard Self.fill(&pool.bytes) else { return nil }
                pool.used = 0
            }
            let range = pool.used..<(pool.used + count)
            let taken = Array(pool.bytes[range])
            for index in range { pool.bytes[index] = 0 }
            pool.used += count
            return taken
        }
        return taken ?? SystemRandomSource().bytes(count)
    }

    private static func fill(_ bytes: inout [UInt8]) -> Bool {
        var filled = 0
        while filled < bytes.count {
            // 256 bytes at once is the most that getentropy(3) gives.
            let count = min(256, bytes.count - filled)
            let status = bytes[filled..<(filled + count)].withUnsafeMutableBytes {
                getentropy($0.baseAddress, $0.count)
            }
            guard status == 0 else { return false }
            filled += count
        }
        return true
    }
}
