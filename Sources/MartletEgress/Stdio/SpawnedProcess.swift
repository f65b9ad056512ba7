import Glibc

/// Starts programs with `posix_spawn`: no code of ours runs between fork and exec.
enum SpawnedProcess {
    /// Starts `executable`; every signal is at its default, none is blocked. The caller must reap it.
    ///
    /// `descriptors` become 0, 1, 2 … of the new process; standard streams that are not given are kept, everything else is
    /// closed. Without an `environment` it gets this process's own.
    static func start(
        _ executable: String, _ arguments: [String], environment: [[UInt8]]?, descriptors: [CInt], newGroup: Bool
    ) throws(SpawnError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // In this order: an end above 2 is used before its own number can be taken.
        for (target, end) in descriptors.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, CInt(target)) }
        guard closeFrom(&actions, CInt(max(3, descriptors.count))) == 0 else { throw SpawnError(errno: ENOSYS) }
        isolate(&attributes, newGroup: newGroup)
        let argv = CStrings(arguments.map { Array($0.utf8) })
        let envp = environment.map(CStrings.init)
        defer {
            argv.free()
            envp?.free()
        }
        var pid: pid_t = 0
        let status =
            if let envp {
                posix_spawn(&pid, executable, &actions, &attributes, argv.pointers, envp.pointers)
            } else {
                posix_spawn(&pid, executable, &actions, &attributes, argv.pointers, environ)
            }
        guard status == 0 else { throw SpawnError(errno: status) }
        return pid
    }

    private static func isolate(_ attributes: inout posix_spawnattr_t, newGroup: Bool) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = newGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    }

    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt

    /// glibc 2.34 and later; Swift's header import hides it. Without it nothing is spawned: descriptors would leak.
    private static let closeFrom: CloseFrom = {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return { _, _ in ENOSYS } }
        return unsafeBitCast(symbol, to: CloseFrom.self)
    }()
}

/// NUL-terminated strings for `argv` and `envp`, owned until `free`.
struct CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [[UInt8]]) {
        pointers =
            strings.map { bytes in
                let text = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
                for (index, byte) in bytes.enumerated() { text[index] = CChar(bitPattern: byte) }
                text[bytes.count] = 0
                return text
            } + [nil]
    }

    func free() {
        for pointer in pointers { pointer?.deallocate() }
    }
}
