import Logging
import MartletAudit
import MartletAuthn
import MartletCore

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
        return try Self.root(file, state)
    }

    /// For who reads a log: no key is made.
    static func readersRoot(_ state: StateDirectory) throws(StartFailure) -> RootKey {
        let file: KeyFile
        do { file = try KeyFile.open(state.payloadKey, makeIfMissing: false) } catch {
            throw StartFailure(error.description)
        }
        return try root(file, state)
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

    private static func root(_ file: KeyFile, _ state: StateDirectory) throws(StartFailure) -> RootKey {
        guard let root = RootKey(key: file.key) else {
            throw StartFailure(KeyFileError.unusable(path: state.payloadKey).description)
        }
        return root
    }
}
