import Glibc

/// The command line between the gateway, the supervisor and the launcher: the same executable in three roles.
struct SupervisorArguments: Equatable {
    enum Role: Equatable {
        /// Stays the parent of the program, and ends with it.
        case supervisor
        /// Takes its limits and becomes the program; `parent` is its supervisor.
        case launcher(parent: pid_t)
    }

    let role: Role
    let limits: ChildLimits
    let executable: String
    /// `argv` of the program, the name as written first.
    let program: [String]

    init(_ role: Role, limits: ChildLimits, executable: String, program: [String]) {
        self.role = role
        self.limits = limits
        self.executable = executable
        self.program = program
    }

    var argv: [String] {
        let role =
            switch role {
            case .supervisor: [Self.supervise]
            case .launcher(let parent): [Self.launch, String(parent)]
            }
        return ["martlet"] + role + [String(limits.descriptors), String(limits.memoryBytes), executable] + program
    }

    /// Nil for every other command line, and for one of these that nobody of us wrote.
    init?(argv: [String]) {
        var rest = argv.dropFirst()
        switch rest.popFirst() {
        case Self.supervise: role = .supervisor
        case Self.launch:
            guard let parent = rest.popFirst().flatMap({ pid_t($0) }) else { return nil }
            role = .launcher(parent: parent)
        default: return nil
        }
        guard let descriptors = rest.popFirst().flatMap({ Int($0) }),
            let memory = rest.popFirst().flatMap({ Int($0) }), descriptors > 0, memory > 0,
            let executable = rest.popFirst(), !rest.isEmpty
        else { return nil }
        limits = ChildLimits(descriptors: descriptors, memoryBytes: memory)
        self.executable = executable
        program = Array(rest)
    }

    private static let supervise = "supervise-child"
    private static let launch = "launch-child"
}
