import Glibc
package import MartletCore

/// A program of the operator's that is run once and answers on standard output: the client of a key management service.
///
/// It has the gateway's environment, its working directory and its standard error, and reads nothing. It blocks the thread
/// that asks; for starts and commands, never beside calls.
package struct ShortProgram: Sendable {
    private let words: [String]
    private let timeout: Seconds

    package init(_ words: [String], timeout: Seconds) {
        self.words = words
        self.timeout = timeout
    }

    /// What it writes, once it has ended well. Nothing of that is in an error: it may be a secret.
    package func output(atMost limit: Int) throws(ProgramFailure) -> [UInt8] {
        let name = words.first ?? ""
        let deadline = ContinuousClock.now + .seconds(timeout.count)
        let command: StdioCommand
        do { command = try StdioCommand(words) } catch { throw ProgramFailure("\(error)") }
        let (pid, output) = try start(command, name)
        defer { close(output) }
        var process = Running(pid: pid)
        defer { process.end() }
        let bytes = try read(output, limit, until: deadline, name)
        guard let exit = process.exit(until: deadline) else { throw late(name) }
        guard exit == .code(0) else { throw ProgramFailure("\(name) ended with \(exit)") }
        return bytes
    }

    private func start(_ command: StdioCommand, _ name: String) throws(ProgramFailure) -> (pid_t, CInt) {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        do throws(SpawnError) {
            guard nothing >= 0 else { throw SpawnError(errno: errno) }
            let pipe = try Pipe()
            defer { close(pipe.writeEnd) }
            do throws(SpawnError) {
                let pid = try SpawnedProcess.start(
                    command.executable, command.arguments, environment: nil, descriptors: [nothing, pipe.writeEnd],
                    newGroup: true)
                return (pid, pipe.readEnd)
            } catch {
                close(pipe.readEnd)
                throw error
            }
        } catch {
            throw ProgramFailure("\(name) cannot be started: \(String(cString: strerror(error.errno)))")
        }
    }

    private func read(
        _ output: CInt, _ limit: Int, until deadline: ContinuousClock.Instant, _ name: String
    ) throws(ProgramFailure) -> [UInt8] {
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: limit + 1))
        while true {
            var end = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw late(name) }
            let milliseconds = Int32(clamping: left.components.seconds * 1000 + 1)
            guard poll(&end, 1, milliseconds) > 0 else { continue }
            let count = Glibc.read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ProgramFailure("what \(name) writes cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= limit else {
                throw ProgramFailure("\(name) wrote more than \(limit) bytes")
            }
        }
    }

    private func late(_ name: String) -> ProgramFailure {
        ProgramFailure("\(name) did not end within \(timeout.count) seconds")
    }

    /// The process and its group, until it is reaped.
    private struct Running {
        let pid: pid_t
        private var isReaped = false

        init(pid: pid_t) { self.pid = pid }

        /// How it ended; nil when it runs still at the deadline.
        mutating func exit(until deadline: ContinuousClock.Instant) -> ChildExit? {
            while true {
                var facts = siginfo_t()
                // It stays a zombie until its group is killed: nobody else can have its number.
                let isAsked = waitid(P_PID, id_t(pid), &facts, WEXITED | WNOHANG | WNOWAIT) == 0
                if isAsked, facts.si_signo == SIGCHLD { return end() }
                guard isAsked || errno == EINTR else { return .unknown }
                guard ContinuousClock.now < deadline else { return nil }
                poll(nil, 0, 5)
            }
        }

        /// Nothing of it outlives the answer, what it left running in its group neither.
        @discardableResult
        mutating func end() -> ChildExit {
            guard !isReaped else { return .unknown }
            isReaped = true
            kill(-pid, SIGKILL)
            var status: CInt = 0
            while waitpid(pid, &status, 0) < 0 {
                guard errno == EINTR else { return .unknown }
            }
            return status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
        }
    }
}

/// Why a program gave no answer: one line for the operator.
package struct ProgramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
