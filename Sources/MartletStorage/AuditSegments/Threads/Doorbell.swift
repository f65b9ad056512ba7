import Glibc

/// Wakes one waiting thread; a ring while nobody waits is kept, several rings count as one.
///
/// A pipe instead of a condition variable: it needs no unsafe shared memory and waits with a deadline.
final class Doorbell: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(FileError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw FileError(.thread, "pipe", errno: errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func ring() {
        // A full pipe has rung already.
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

    /// Returns at a ring, or after `milliseconds`; without a limit only at a ring.
    func wait(milliseconds: Int32? = nil) {
        var poll = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, milliseconds ?? -1) > 0 else { return }
        var rings = [UInt8](repeating: 0, count: 64)
        while read(readEnd, &rings, rings.count) == rings.count {}
    }
}
