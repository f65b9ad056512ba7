import MartletAudit
import MartletStorage

/// Who stands behind pseudonyms, for who reads a log: the vault alone, without the key file.
struct ReadersNames {
    private let vault: VaultReader?

    init(vault: VaultReader?) { self.vault = vault }

    /// Says when the vault is not at hand: people can then be neither named nor found.
    init(_ state: StateDirectory) {
        do throws(StateError) {
            vault = try VaultReader.open(path: state.vault)
        } catch {
            Terminal.error("people stay pseudonyms: vault \(state.vault): \(error)")
            vault = nil
        }
    }

    /// `erasures` are those of the same log, `later` those of the logs behind it.
    func reader(_ erasures: Erasures, _ later: LaterErasures = LaterErasures()) -> NameReader {
        NameReader(erasures: erasures, later: later, look: identity)
    }

    /// The pseudonyms of everybody of these names.
    func pseudonyms(of names: [String]) -> [String: [String]] {
        guard let vault else { return [:] }
        var found: [String: [String]] = [:]
        do throws(StateError) {
            for name in names { found[name] = try vault.pseudonyms(of: name) }
        } catch {
            Terminal.error("people cannot be found by name: vault: \(error)")
        }
        return found
    }

    func identity(_ pseudonym: Pseudonym) -> NameReader.Found {
        guard let vault else { return .unknown }
        do throws(StateError) {
            return try vault.identity(pseudonym).map(NameReader.Found.known) ?? .absent
        } catch {
            Terminal.error("vault: \(pseudonym): \(error)")
            return .unknown
        }
    }
}
