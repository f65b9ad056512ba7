import FoundationEssentials
import Logging
import MartletAudit
import MartletCore
import MartletStorage

/// The keys under which arguments and results are sealed, open for as long as the gateway runs.
struct OpenVault {
    let store: SQLiteKeyStore
    let keys: PayloadVault

    /// `isNamed` says that records name keys that the vault must have: it is then not made anew unless the operator asks.
    init(_ keys: StateKeys, isNamed: Bool) throws(StartFailure) {
        let path = keys.state.vault
        let root = try keys.root()
        if isNamed, !FileManager.default.fileExists(atPath: path) {
            guard keys.makesPayloadKey else {
                throw StartFailure(
                    "\(path) is missing although records name keys in it; put it back, or start once with "
                        + "--new-payload-key: what was sealed until now can then not be read any more")
            }
            keys.logger.warning(
                "vault made anew: arguments and results recorded until now cannot be read without the old one",
                metadata: ["file": "\(path)"])
        }
        let isAccepted: Bool
        do throws(StateError) {
            store = try SQLiteKeyStore.open(path: path)
            isAccepted = try store.accepts(root.id, isNew: keys.makesPayloadKey)
        } catch {
            throw StartFailure("vault \(path): \(error)")
        }
        guard isAccepted else {
            throw StartFailure(
                "the payload key is not one that keys in \(path) were wrapped with: a swapped file, or a program that gives another "
                    + "one; put the right one back, or start once with --new-payload-key: what was sealed until now can then "
                    + "not be read any more")
        }
        self.keys = PayloadVault(root: root, store: store)
    }
}

/// The keys of a state directory for who reads its log, as far as they are at hand; no key is made.
struct ReadersKeys {
    let root: RootKey?
    private let vault: VaultReader?
    private let people: ReadersNames

    /// What a command needs of the keys. Who opens nothing does not ask for the root: a program may give it, and keep a list.
    enum Use {
        case values
        /// Whether the keys are there, and of this root.
        case survey
        case names
    }

    /// Says what is not at hand, and why arguments and results then stay sealed; nothing about the root unless values are
    /// to be opened.
    init(_ state: StateDirectory, for use: Use = .values) {
        do throws(StartFailure) {
            root = use == .names ? nil : try StateKeys.readersRoot(state)
        } catch {
            if use == .values { Terminal.error("arguments and results stay sealed: \(error)") }
            root = nil
        }
        do throws(StateError) {
            vault = try VaultReader.open(path: state.vault)
        } catch {
            Terminal.error("arguments and results stay sealed: vault \(state.vault): \(error)")
            vault = nil
        }
        people = ReadersNames(vault: vault)
    }

    /// Whether values can be opened at all: key and vault are at hand, and belong together.
    var canOpen: Bool {
        guard let root, let vault else { return false }
        do throws(StateError) {
            return try vault.isWrapped(by: root.id)
        } catch {
            Terminal.error("vault: \(error)")
            return false
        }
    }

    /// `erasures` are those of the same log, `later` those of the logs behind it.
    func keys(_ erasures: Erasures, _ later: LaterErasures = LaterErasures()) -> ReadingKeys {
        ReadingKeys(root: root, erasures: erasures, later: later, names: people.identity, vault: stored)
    }

    func stored(_ id: KeyID) -> ReadingKeys.Stored {
        guard let vault else { return .unknown }
        do throws(StateError) {
            return try vault.key(id).map(ReadingKeys.Stored.wrapped) ?? .absent
        } catch {
            Terminal.error("vault: key \(id): \(error)")
            return .unknown
        }
    }
}
