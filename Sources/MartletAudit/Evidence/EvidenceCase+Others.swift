/// Who else vouches for the log, in the words of the bundle: also when it is nobody.
extension EvidenceCase {
    /// Three paragraphs, each line indented by two.
    var vouching: String { [witnessText, timestampText, receiptText].joined(separator: "\n") }

    private var witnessText: String {
        switch witnessing {
        case .notConfigured:
            """
              Witnesses: none. The gateway has no witnesses configured: nobody but its owner has signed what the log was.
            """
        case .notYet:
            """
              Witnesses: none yet. The gateway has some configured (log/witness.policy), and not enough of them have signed.
            """
        case .underReplacedKey:
            """
              Witnesses: none here. What they signed last is signed with a key of the log that was replaced since.
            """
        case .signed(let size, let covered, let policy):
            """
              Witnesses: \(signers(policy))
              log/checkpoint.witnessed, of \(size) records; log/consistency ties it to log/checkpoint. It covers \(covered) of the
              \(records) records here\(covered < records ? "; the others are later than that" : "").
            """
        }
    }

    private func signers(_ policy: EvidenceWitnessing.Policy) -> String {
        switch policy {
        case .met(let names):
            "\(PrintableText.escaped(names.joined(separator: ", "))), enough for log/witness.policy, signed"
        case .none: "some signed. The configuration names none today, so no policy is here. They signed"
        case .notMet: "some signed, not those of today's configuration, so no policy is here. They signed"
        }
    }

    private var timestampText: String {
        var text =
            timestamps.tokens == 0
            ? "  Timestamps: none. The log has no RFC 3161 timestamp that covers a record of this bundle."
            : """
              Timestamps: \(timestamps.tokens) RFC 3161 token(s) in timestamps/, which cover \(timestamps.covered) of the \(records) records
              here. Each says that the records before its number existed at its time. Check one, N, with the certificate of the
              authority, which you get from the authority:
                openssl ts -verify -data timestamps/N.checkpoint -in timestamps/N.tsr -CAfile tsa-ca.pem
                openssl ts -reply -in timestamps/N.tsr -text
            """
        if timestamps.unreadable > 0 {
            text +=
                "\n  \(timestamps.unreadable) token(s) of the log were left out: they are not about their checkpoint."
        }
        return text
    }

    private var receiptText: String {
        receipts == 0
            ? "  COSE receipts: none. They are signed anew, and the secret key of the log was not at hand (a closed log)."
            : "  COSE receipts: \(receipts), in proofs/, signed at the export with the key of the log."
    }
}
