import MartletJSON

/// Whether each permitted call came with a credential that was valid.
///
/// Between the check of a credential and the intent lies the decision; so a minute is allowed after the end of a
/// credential (its leeway is 30 seconds at most), and a second after a revocation, within which it must be in force.
struct CredentialRules: Sendable {
    private static let endLeeway: Int64 = 60
    private static let revocationLeeway: Int64 = 1

    private struct Revocation {
        let index: UInt64
        let time: RecordMoment
    }

    private var subjects: [String: Revocation] = [:]
    private var tokens: [String: Revocation] = [:]
    private var digests: [String: Revocation] = [:]

    mutating func take(_ record: LogRecord, _ breaches: inout [Breach]) {
        switch record.type {
        case "cred.revoked":
            if let time = record.time, let derived = record.document.member("derived") {
                revoked(derived, record.index, time)
            }
        case "shard.carried": carried(record)
        case "call.intent": judge(record, &breaches)
        default: break
        }
    }

    /// What the log before says stands.
    private mutating func carried(_ record: LogRecord) {
        guard let items = record.value("derived", "items")?.elements else { return }
        for item in items where item.member("kind")?.string == "revocation" {
            if let time = item.member("t")?.string.flatMap(RecordMoment.init) { revoked(item, record.index, time) }
        }
    }

    private mutating func revoked(_ derived: JSONValue, _ index: UInt64, _ time: RecordMoment) {
        let revocation = Revocation(index: index, time: time)
        // The first one counts: it is for ever.
        func keep(_ key: String?, in kept: inout [String: Revocation]) {
            if let key, kept[key] == nil { kept[key] = revocation }
        }
        keep(derived.member("subject")?.string, in: &subjects)
        // One name may have a pseudonym under each issuer.
        for subject in (derived.member("subjects")?.elements).map(Array.init) ?? [] {
            keep(subject.string, in: &subjects)
        }
        keep(derived.member("jti")?.string, in: &tokens)
        keep(derived.member("digest")?.string, in: &digests)
    }

    private func judge(_ record: LogRecord, _ breaches: inout [Breach]) {
        guard let time = record.time, let credential = record.value("verified", "cred") else { return }
        if let text = credential.member("exp")?.string, let end = RecordMoment(text),
            time >= end.advanced(bySeconds: Self.endLeeway)
        {
            breaches.append(Breach(.credentialNotExpired, "its credential ended at \(text)"))
        }
        let found =
            record.requesters.lazy.compactMap { subjects[$0] }.first
            ?? credential.member("jti")?.string.flatMap { tokens[$0] }
            ?? credential.member("digest")?.string.flatMap { digests[$0] }
        guard let found, time >= found.time.advanced(bySeconds: Self.revocationLeeway) else { return }
        breaches.append(Breach(.credentialNotRevoked, "record \(found.index) revokes its credential"))
    }
}
