import Glibc
import Logging
import MartletAudit
import MartletAuthn
import MartletConfiguration
import MartletCore
import MartletEgress

/// The gateway's own keys in its state directory, and what it means when one is missing.
///
/// A key of a new log is made. Beside a log with records a missing key was lost: the start says so, and makes no payload
/// key unless the operator asks for one, for what the old one sealed stays closed for ever.
struct StateKeys {
    let state: StateDirectory
    let logHasRecords: Bool
    let makesPayloadKey: Bool
    let logger: Logger

    /// What the keys of arguments and results are wrapped with.
    func root() throws(StartFailure) -> RootKey {
        switch state.payloadKeySource {
        case .file: break
        case .command(let command): return try Self.root(of: command, state)
        case .wrong(let problems): throw StartFailure(problems)
        }
        let file: KeyFile
        do {
            file = try KeyFile.open(state.payloadKey, makeIfMissing: !logHasRecords || makesPayloadKey)
        } catch {
            guard case .missing = error, logHasRecords else { throw StartFailure(error.description) }
            throw StartFailure(
                "\(state.payloadKey) is missing although the log has records; put it back, or start once with "
                    + "--new-payload-key: what was sealed until now can then not be read any more")
        }
        if file.isNew, logHasRecords {
            logger.warning(
                "payload key made anew: arguments and results recorded until now cannot be read without the old one",
                metadata: ["file": "\(state.payloadKey)"])
        }
        return try Self.root(file.key, "\(KeyFileError.unusable(path: state.payloadKey))")
    }

    /// For who reads a log: no key is made.
    static func readersRoot(_ state: StateDirectory) throws(StartFailure) -> RootKey {
        switch state.payloadKeySource {
        case .file: break
        case .command(let command): return try root(of: command, state)
        case .wrong(let problems): throw StartFailure(problems)
        }
        do {
            let file = try KeyFile.open(state.payloadKey, makeIfMissing: false)
            return try root(file.key, "\(KeyFileError.unusable(path: state.payloadKey))")
        } catch let error as KeyFileError {
            throw StartFailure(error.description)
        } catch let error as StartFailure {
            throw error
        } catch {
            throw StartFailure("\(state.payloadKey): \(error)")
        }
    }

    /// The key is in this process only. A file beside the command would be the same key at rest, or another one.
    private static func root(
        of settings: KeyCommandSettings, _ state: StateDirectory
    ) throws(StartFailure) -> RootKey {
        guard access(state.payloadKey, F_OK) != 0 else {
            throw StartFailure(
                "\(state.payloadKey) is there although audit.payload_key names a command; keep the file elsewhere, "
                    + "offline, and remove it here")
        }
        let output: [UInt8]
        do throws(ProgramFailure) {
            output = try ShortProgram(settings.command, timeout: settings.timeout).output(atMost: 256)
        } catch {
            throw StartFailure("audit.payload_key: \(error)")
        }
        guard let key = KeyFile.key(inLine: output) else {
            throw StartFailure(
                "audit.payload_key: \(settings.command[0]) wrote something else than the line of a key file; it must write "
                    + "what keys/payload.key held, and nothing else")
        }
        return try root(key, "audit.payload_key: not a key of 32 bytes")
    }

    /// The seed of the built-in minter.
    func minterSeed() throws(StartFailure) -> Secret {
        try opened(state.minterKey, whenLost: "minter key made anew: tokens issued until now are refused")
    }

    /// What the ids of tasks are sealed with. The same after a restart: tasks outlive the gateway.
    func taskHandles() throws(StartFailure) -> TaskHandles {
        let key = try opened(state.taskKey, whenLost: "task key made anew: running tasks cannot be reached")
        guard let handles = TaskHandles(key: key) else {
            throw StartFailure(KeyFileError.unusable(path: state.taskKey).description)
        }
        return handles
    }

    private func opened(_ path: String, whenLost notice: Logger.Message) throws(StartFailure) -> Secret {
        do {
            let file = try KeyFile.open(path, makeIfMissing: true)
            if file.isNew, logHasRecords { logger.warning(notice, metadata: ["file": "\(path)"]) }
            return file.key
        } catch {
            throw StartFailure(error.description)
        }
    }

    private static func root(_ key: Secret, _ problem: String) throws(StartFailure) -> RootKey {
        guard let root = RootKey(key: key) else { throw StartFailure(problem) }
        return root
    }
}
