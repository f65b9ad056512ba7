import Glibc

/// What Linux knows about processes and Swift's header import hides: variadic functions and newer system calls.
enum ProcessControl {
    private typealias Control =
        @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
    private typealias SystemCall = @convention(c) (CLong, CLong, CLong) -> CLong

    /// Orphans among the descendants of this process become its children. Source: prctl(2), Linux 3.4.
    static func becomeSubreaper() -> Bool { control(36, 1) }

    /// The kernel kills this process when the thread that started it ends; kept by `execve`. Source: prctl(2).
    static func dieWithParent() -> Bool { control(1, CUnsignedLong(SIGKILL)) }

    private static func control(_ option: CInt, _ value: CUnsignedLong) -> Bool {
        guard let symbol = dlsym(nil, "prctl") else { return false }
        return unsafeBitCast(symbol, to: Control.self)(option, value, 0, 0, 0) == 0
    }

    /// A descriptor that becomes readable when the process ends; negative before Linux 5.3. Source: pidfd_open(2).
    static func handle(of process: pid_t) -> CInt {
        guard let symbol = dlsym(nil, "syscall") else { return -1 }
        // 434 on every architecture; glibc has a wrapper only since 2.36.
        return CInt(truncatingIfNeeded: unsafeBitCast(symbol, to: SystemCall.self)(434, CLong(process), 0))
    }

    /// The children of a process, running or not yet buried.
    static func children(of parent: pid_t) -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name), self.parent(of: process) == parent { found.append(process) }
        }
        return found
    }

    /// The fourth field of `/proc/<pid>/stat`. Source: proc_pid_stat(5); the second one may hold anything but its end.
    private static func parent(of process: pid_t) -> pid_t? {
        let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard count > 0, let end = bytes[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}
