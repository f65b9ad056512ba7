import Glibc
package import MartletAudit
package import MartletCore

/// What the blind index is made with: the declared places, the root key, and the vault with the keys that it wraps.
package struct ArgumentSource: Sendable {
    let searched: SearchedArguments
    package let key: BlindKey
    private let root: RootKey
    private let vault: String

    /// `vault` is the path of its file.
    package init(_ searched: SearchedArguments, root: RootKey, vault: String) {
        self.searched = searched
        self.root = root
        self.vault = vault
        key = BlindKey(root)
    }

    /// Another one for other declarations or another key: its tokens are of no use to this one.
    var name: String { "\(key.name) \(searched.digest)" }

    /// Reads the arguments of some records. Keys are asked of the vault once for all of them, and forgotten then: what is erased
    /// must not be opened with a key from memory.
    func read<Element>(
        _ elements: [Element], _ body: (Element, ArgumentReader) throws -> (UInt64, ReadArguments)
    ) throws -> [(index: UInt64, read: ReadArguments)] {
        guard !elements.isEmpty else { return [] }
        let lookup = try KeyLookup(vault)
        let keys = ReadingKeys(root: root, erasures: Erasures(), vault: lookup.key)
        let reader = ArgumentReader(searched, under: key, opening: keys)
        var found: [(index: UInt64, read: ReadArguments)] = []
        for element in elements {
            found.append(try body(element, reader))
            // A vault that does not answer says nothing about the key: what it seals is looked into another time.
            if let failure = lookup.failure { throw IndexError.vault(failure) }
        }
        return found
    }
}

/// Asks the vault for each key once.
private final class KeyLookup {
    private let vault: VaultReader
    private var known: [KeyID: ReadingKeys.Stored] = [:]
    private(set) var failure: StateError?

    init(_ path: String) throws(IndexError) {
        do throws(StateError) {
            guard let vault = try VaultReader.open(path: path) else { throw .cannotOpen(errno: ENOENT) }
            self.vault = vault
        } catch {
            throw .vault(error)
        }
    }

    func key(_ id: KeyID) -> ReadingKeys.Stored {
        if let stored = known[id] { return stored }
        do throws(StateError) {
            let stored = try vault.key(id).map(ReadingKeys.Stored.wrapped) ?? .absent
            known[id] = stored
            return stored
        } catch {
            failure = error
            return .unknown
        }
    }
}
