/// How a child process is kept in bounds: by which program it is supervised, and what each of its processes may take.
///
/// The supervisor is the gateway's own executable, started as `ChildSupervisor`. Source: docs/adr/0016-children.md.
package struct ChildSupervision: Sendable {
    /// Path of an executable that calls `ChildSupervisor.takeOver` first of all.
    package var executable: String
    package var limits: ChildLimits

    /// `/proc/self/exe` is this very program, also after its file was replaced by an update.
    package init(executable: String = "/proc/self/exe", limits: ChildLimits = ChildLimits()) {
        self.executable = executable
        self.limits = limits
    }
}

/// What each process of a stdio upstream may take. The kernel enforces it; whoever exceeds it fails alone.
package struct ChildLimits: Hashable, Sendable {
    /// Open descriptors (RLIMIT_NOFILE).
    package var descriptors: Int
    /// Bytes of private writable memory (RLIMIT_DATA): heap and anonymous mappings, counted when they are reserved for
    /// writing. Not address space: runtimes that reserve gigabytes and use megabytes would not start.
    package var memoryBytes: Int

    package init(descriptors: Int = 1024, memoryBytes: Int = 2 << 30) {
        self.descriptors = descriptors
        self.memoryBytes = memoryBytes
    }
}
