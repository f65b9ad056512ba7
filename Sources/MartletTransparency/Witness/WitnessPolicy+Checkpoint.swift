/// A policy applied to a checkpoint, and handed on. Source: C2SP tlog-policy.
extension WitnessPolicy {
    /// The witnesses that signed `note`, by their names here. A signature of one of them that is not valid is an error, those
    /// of others are ignored. Source: C2SP signed-note, "Verification".
    package func witnesses(of note: String) throws(NoteError) -> Set<String> {
        var signed: Set<String> = []
        for witness in witnesses {
            do throws(NoteError) {
                _ = try witness.verifier.verify(note)
                signed.insert(witness.name)
            } catch {
                guard case .notSigned = error else { throw error }
            }
        }
        return signed
    }

    /// Whether the policy is about the log of `verifier`; one that names no log is about any.
    package func isAbout(_ verifier: NoteVerifier) -> Bool {
        logs.isEmpty || logs.contains { $0.hasKey(of: verifier) }
    }

    /// The policy as it is given to others: for one log, without comments, and without the addresses of the witnesses.
    package func text(for log: NoteVerifier) -> String {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line -> String? in
            let words = line.split { $0 == 0x20 || $0 == 0x09 }.map { String(decoding: $0, as: UTF8.self) }
            switch words.first {
            case "witness": return words.prefix(3).joined(separator: " ")
            case "group", "quorum": return words.joined(separator: " ")
            default: return nil
            }
        }
        return (["log " + log.verifierKey] + lines).map { $0 + "\n" }.joined()
    }
}
