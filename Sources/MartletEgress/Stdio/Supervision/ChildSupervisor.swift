import Glibc

/// The small process between the gateway and the program of a stdio upstream: the gateway's own executable.
///
/// It holds the read end of a pipe whose only write end is the gateway's. When the gateway is gone, however it ended,
/// the pipe reports it, and everything that came from the program is killed: as a subreaper the supervisor inherits each
/// of its descendants, also one with a session of its own. It ends as the program ended. Source: prctl(2),
/// "PR_SET_CHILD_SUBREAPER"; docs/adr/0016-children.md.
package enum ChildSupervisor {
    /// The pipe to the gateway, in the supervisor.
    static let lifeline: CInt = 3

    /// Does not return when `arguments` are those of a supervisor or a launcher; returns at once for all others.
    ///
    /// To be called first of all, before anything of the gateway is built.
    package static func takeOver(_ arguments: [String]) {
        guard let arguments = SupervisorArguments(argv: arguments) else { return }
        switch arguments.role {
        case .supervisor: supervise(arguments)
        case .launcher(let parent): ChildLauncher.become(arguments, childOf: parent)
        }
    }

    private static func supervise(_ arguments: SupervisorArguments) -> Never {
        guard ProcessControl.becomeSubreaper() else { fail("cannot inherit orphans", errno) }
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        // Wakes `poll` up: descendants that were left to us are buried at once.
        signal(SIGCHLD) { _ in }
        let launcher = SupervisorArguments(
            .launcher(parent: getpid()), limits: arguments.limits, executable: arguments.executable,
            program: arguments.program)
        do {
            let program = try SpawnedProcess.start(
                "/proc/self/exe", launcher.argv, environment: nil, descriptors: [], newGroup: false)
            letGoOfStreams()
            var family = Descendants(of: program)
            family.waitForEnd(or: lifeline)
            leave(as: family.killAll())
        } catch {
            fail("cannot start the launcher", error.errno)
        }
    }

    /// The program's streams are its own: while the supervisor held a copy, nobody would see them end.
    private static func letGoOfStreams() {
        let nowhere = open("/dev/null", O_RDWR | O_CLOEXEC)
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where nowhere >= 0 { dup2(nowhere, stream) }
    }

    /// Ends as the program ended, so that the gateway reads the true reason.
    private static func leave(as status: CInt?) -> Never {
        guard let status else { _exit(1) }
        let number = status & 0x7F
        guard number != 0 else { _exit(status >> 8 & 0xFF) }
        signal(number, SIG_DFL)
        kill(getpid(), number)
        _exit(1)
    }

    /// Into the operator's log: standard error of a child is read line by line.
    static func fail(_ what: String, _ number: CInt) -> Never {
        let line = "martlet: \(what): \(String(cString: strerror(number)))\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        _exit(127)
    }
}

/// The last step before the program: takes its limits and becomes it.
enum ChildLauncher {
    static func become(_ arguments: SupervisorArguments, childOf parent: pid_t) -> Never {
        // The supervisor's only thread that starts processes lives as long as it does.
        guard ProcessControl.dieWithParent() else { ChildSupervisor.fail("cannot be tied to the supervisor", errno) }
        guard getppid() == parent else { _exit(127) }
        for (resource, maximum) in resources(arguments.limits) {
            guard lower(resource, to: maximum) else { ChildSupervisor.fail("a limit cannot be set", errno) }
        }
        let argv = CStrings(arguments.program.map { Array($0.utf8) })
        execv(arguments.executable, argv.pointers)
        ChildSupervisor.fail("\(arguments.executable) cannot be started", errno)
    }

    private static func resources(_ limits: ChildLimits) -> [(__rlimit_resource, Int)] {
        // No core: what the child knows, secrets of its environment first, belongs in no file.
        [(RLIMIT_NOFILE, limits.descriptors), (RLIMIT_DATA, limits.memoryBytes), (RLIMIT_CORE, 0)]
    }

    /// Never raises: a limit that stands already and is lower stays.
    private static func lower(_ resource: __rlimit_resource, to maximum: Int) -> Bool {
        let number = __rlimit_resource_t(resource.rawValue)
        var limit = rlimit()
        guard getrlimit(number, &limit) == 0 else { return false }
        let lowest = min(limit.rlim_max, rlim_t(maximum))
        limit = rlimit(rlim_cur: lowest, rlim_max: lowest)
        return setrlimit(number, &limit) == 0
    }
}
