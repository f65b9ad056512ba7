import Glibc

/// A running child: the leader of its own process group, and our ends of its standard streams.
///
/// Made with `posix_spawn`: no code of ours runs between fork and exec, every descriptor from 3 up is closed in the
/// child, signals are back to their defaults. Where `setpriv` is installed the kernel kills the child when the thread
/// that spawned it (an event loop) ends, also by `kill -9` of the gateway; elsewhere it sees its standard input close.
struct ChildProcess {
    let pid: pid_t
    let input: CInt
    let output: CInt
    let errors: CInt

    /// Starts `command`. The caller owns the three descriptors and must reap the process.
    static func spawn(_ command: StdioCommand) throws(SpawnError) -> ChildProcess {
        let input = try Pipe()
        let output = try closing([input]) { () throws(SpawnError) in try Pipe() }
        let errors = try closing([input, output]) { () throws(SpawnError) in try Pipe() }
        let pid = try closing([input, output, errors]) { () throws(SpawnError) in
            try spawn(command, streams: [input.readEnd, output.writeEnd, errors.writeEnd])
        }
        for end in [input.readEnd, output.writeEnd, errors.writeEnd] { close(end) }
        return ChildProcess(pid: pid, input: input.writeEnd, output: output.readEnd, errors: errors.readEnd)
    }

    private static func closing<Value>(
        _ pipes: [Pipe], unless make: () throws(SpawnError) -> Value
    ) throws(SpawnError) -> Value {
        do {
            return try make()
        } catch {
            for pipe in pipes { pipe.closeBoth() }
            throw error
        }
    }

    private static func spawn(_ command: StdioCommand, streams: [CInt]) throws(SpawnError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (target, end) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, CInt(target)) }
        guard closeFrom(&actions, 3) == 0 else { throw SpawnError(errno: ENOSYS) }
        isolate(&attributes)
        let prefix = guardian.map { [$0, "--pdeathsig", "KILL", "--"] } ?? []
        let arguments =
            prefix.isEmpty ? command.arguments : prefix + [command.executable] + command.arguments.dropFirst()
        let argv = CStrings(arguments.map { Array($0.utf8) })
        let envp = CStrings(command.revealEnvironment())
        defer {
            argv.free()
            envp.free()
        }
        var pid: pid_t = 0
        let status = posix_spawn(
            &pid, guardian ?? command.executable, &actions, &attributes, argv.pointers, envp.pointers)
        guard status == 0 else { throw SpawnError(errno: status) }
        return pid
    }

    /// Own process group, every signal at its default and none blocked.
    private static func isolate(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// `setpriv` of util-linux (essential on Debian): sets PR_SET_PDEATHSIG and becomes the program.
    private static let guardian: String? = ["/usr/bin/setpriv", "/bin/setpriv"].first { path in
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt

    /// glibc 2.34 and later; Swift's header import hides it. Without it nothing is spawned: descriptors would leak.
    private static let closeFrom: CloseFrom = {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return { _, _ in ENOSYS } }
        return unsafeBitCast(symbol, to: CloseFrom.self)
    }()
}

/// NUL-terminated strings for `argv` and `envp`, owned until `free`.
private struct CStrings {
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

// MARK: - Signals and the end

extension ChildProcess {
    /// Signals the whole group. Only while the leader is not reaped: until then nobody else can have its number.
    func signalGroup(_ signal: Int32) { kill(-pid, signal) }

    /// Whether the leader has ended. It stays a zombie, so its number stays taken.
    var hasEnded: Bool {
        var facts = siginfo_t()
        let status = waitid(P_PID, id_t(pid), &facts, WEXITED | WNOHANG | WNOWAIT)
        return status != 0 ? errno == ECHILD : facts.si_signo == SIGCHLD
    }

    /// Kills what is left of the group and removes the zombie. Call once, after `hasEnded`.
    func reap() -> ChildExit {
        signalGroup(SIGKILL)
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { return .unknown }
        }
        let signal = status & 0x7F
        return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
    }
}

/// How a child ended.
enum ChildExit: Hashable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)
    case unknown

    var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "signal \(signal)"
        case .unknown: "unknown end"
        }
    }
}
