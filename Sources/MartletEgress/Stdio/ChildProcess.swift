import Glibc

/// A running child: the supervisor that leads its process group, and our ends of its streams and of its lifeline.
///
/// The program runs below the supervisor and in its group. It ends with the gateway, also by `kill -9`: the supervisor
/// sees the lifeline close. Source: docs/adr/0016-children.md.
struct ChildProcess {
    let pid: pid_t
    let input: CInt
    let output: CInt
    let errors: CInt
    /// Held by the gateway alone: when it closes, the supervisor kills all that came from the program.
    let lifeline: CInt

    /// Starts `command`. The caller owns the descriptors and must reap the process.
    static func spawn(_ command: StdioCommand, _ supervision: ChildSupervision) throws(SpawnError) -> ChildProcess {
        let input = try Pipe()
        let output = try closing([input]) { () throws(SpawnError) in try Pipe() }
        let errors = try closing([input, output]) { () throws(SpawnError) in try Pipe() }
        let lifeline = try closing([input, output, errors]) { () throws(SpawnError) in try Pipe() }
        let theirs = [input.readEnd, output.writeEnd, errors.writeEnd, lifeline.readEnd]
        let arguments = SupervisorArguments(
            .supervisor, limits: supervision.limits, executable: command.executable, program: command.arguments)
        let pid = try closing([input, output, errors, lifeline]) { () throws(SpawnError) in
            try SpawnedProcess.start(
                supervision.executable, arguments.argv, environment: command.revealEnvironment(), descriptors: theirs,
                newGroup: true)
        }
        for end in theirs { close(end) }
        return ChildProcess(
            pid: pid, input: input.writeEnd, output: output.readEnd, errors: errors.readEnd,
            lifeline: lifeline.writeEnd)
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
