import Glibc

/// Two ends of a pipe. Both close on exec, and neither is a standard descriptor, whatever the gateway had open.
struct Pipe {
    let readEnd: CInt
    let writeEnd: CInt

    init() throws(SpawnError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SpawnError(errno: errno) }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        let failure = errno
        for end in ends { close(end) }
        guard moved[0] >= 0, moved[1] >= 0 else {
            for end in moved where end >= 0 { close(end) }
            throw SpawnError(errno: failure)
        }
        (readEnd, writeEnd) = (moved[0], moved[1])
    }

    func closeBoth() {
        close(readEnd)
        close(writeEnd)
    }
}

/// The operating system did not start the process.
struct SpawnError: Error, Hashable {
    let errno: Int32
}
