import Glibc
import MartletConfiguration
import MartletStorage

/// Where one gateway keeps what it keeps. Nobody but its user can read it.
struct StateDirectory {
    let path: String
    let payloadKeySource: PayloadKeySource
    /// The closed log that a command reads; nil for the one that grows, which alone is written.
    var shard: LogShard?

    init(_ location: StateLocation) { (path, payloadKeySource) = (location.directory, location.payloadKey) }

    var audit: String { shard?.directory ?? path + "/audit" }
    /// Where the head of the log is kept when no other directory is named.
    var head: String { path + "/head" }
    var keys: String { path + "/keys" }
    var database: String { path + "/state.sqlite" }
    /// What the log says, for searching; rebuildable. That of a closed log lies beside it.
    var index: String { shard.map { $0.directory + ".index.sqlite" } ?? path + "/index.sqlite" }
    /// Where each sink stands.
    var sinks: String { path + "/sinks" }
    /// The wrapped keys of arguments and results.
    var vault: String { path + "/vault/keys.sqlite" }
    var minterKey: String { path + "/keys/minter.key" }
    var payloadKey: String { path + "/keys/payload.key" }
    var taskKey: String { path + "/keys/task.key" }
    var adminSocket: String { path + "/admin.sock" }
    var configurationDigest: String { path + "/configuration.sha256" }

    /// Makes the directories that are missing, mode 0700, and refuses one that others can write.
    func prepare() throws(StartFailure) {
        for directory in [path, path + "/keys", path + "/vault"] {
            if mkdir(directory, 0o700) == 0 {
                try settle(directory)
            } else if errno != EEXIST {
                throw StartFailure("cannot make \(directory): \(String(cString: strerror(errno)))")
            }
            var facts = stat()
            guard stat(directory, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
                throw StartFailure("\(directory) is not a directory")
            }
            guard facts.st_mode & 0o077 == 0 else {
                throw StartFailure("\(directory) is open to other users; run: chmod 700 \(directory)")
            }
            guard facts.st_uid == geteuid() else {
                throw StartFailure("\(directory) belongs to another user; run the gateway as its owner, or chown it")
            }
        }
    }
}

extension StateDirectory {
    /// For a command that leaves a file to the gateway: one that another user wrote could not be read by it. Exit code 2.
    func mayWrite() {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_uid != geteuid() else { return }
        Terminal.error("\(path) belongs to user \(facts.st_uid): run this as that user, the gateway's")
        exit(2)
    }

    /// Makes the name of a new directory survive power loss: what is recorded below it would be lost with it.
    private func settle(_ directory: String) throws(StartFailure) {
        let above = directory.lastIndex(of: "/").map { String(directory[...$0]) } ?? "."
        do throws(FileError) {
            try PosixFiles().synchronizeDirectory(above)
        } catch {
            throw StartFailure("cannot make \(directory): \(error)")
        }
    }
}

/// Why the gateway does not start: one line for the operator.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
