import MartletCore

/// The texts of a bundle for people: what it is, what was left out, who handled it, how to check it.
package struct EvidenceTexts {
    private let file: EvidenceCase

    package init(_ file: EvidenceCase) { self.file = file }

    package var readme: String {
        """
        EVIDENCE BUNDLE, CASE \(line(file.name))

        What it is
          \(file.records) records of the audit log \(line(file.origin)) of a Martlet gateway, which stands between software
          agents and the tools they call. Each record was written, and safe on disk, before its effect (a call) or its
          answer (a result) left the gateway. Together they tell \(file.calls) calls.

        What is in it
          timeline.html      to read first: each call, the answers to who, which model, which arguments, what result,
                             whether it was approved, and how each answer is known
          timeline.jsonl     the same for programs, one object a line
          records/N.json     the exact bytes of record N
          proofs/N.tlog-proof what shows that these bytes are record N of the log (C2SP tlog-proof)
          proofs/N.cose      the same as a COSE receipt (RFC 9942), if there are any
          disclosures/N.json values that record N only commits to, as far as they are disclosed: a list of SD-JWT
                             disclosures (RFC 9901), base64url of [salt, name, value]
          identities.json    who the pseudonyms (psn-…) of these records stand for: a list of SD-JWT disclosures; the
                             SHA-256 of each, base64url, is the pseudonym. People who were erased are not in it
          log/checkpoint     the signed statement of size and root of the log that all proofs lead to
          log/log.vkey       the key that the gateway's log is signed with
          log/checkpoint.witnessed, log/consistency
                             the newest statement that witnesses signed too, and what ties it to log/checkpoint: a C2SP
                             tlog-witness add-checkpoint request from the smaller of the two to the larger one
          log/witness.policy which witnesses were asked, and how many must sign (C2SP tlog-policy)
          timestamps/        N.tsr: what an authority signed about N.checkpoint, an earlier statement of the log (RFC 3161);
                             N.consistency ties that to log/checkpoint
          rotations/         when the log's key was replaced: the proof that its owner did it
                             (of these four lines as far as the log has them: see "Who else vouches for it")
          CUSTODY.txt        who made this bundle, when, out of what
          CERTIFICATION.txt  a draft for a qualified person to complete and sign
          MANIFEST.sha256    the digest of every other file
          verify.sh          checks all of it, with tools that are not ours where they are installed

        What was left out
          Chosen was: \(line(file.selection)).
          The log has \(file.size) records; \(file.size - min(file.size, UInt64(file.records))) of them are not here.
          Of \(file.sealed) records that commit to sealed values, the values of \(file.disclosed) are disclosed here. What
          is not disclosed can be disclosed later without changing a record, and shown to be what the record
          commits to.
          \(compared)

        Who else vouches for it
        \(file.vouching)

        How to check it
          Get the verifier key of the log from whoever keeps it, not from this bundle: the one in log/ shows nothing
          against somebody who could make both. The same goes for the keys of witnesses in log/witness.policy, and for the
          certificate of a timestamp authority. Then:
            sh verify.sh "KEY" [CERTIFICATES OF THE AUTHORITY]
          or with our verifier alone:
            martlet-verify bundle . --key "KEY" [--policy YOUR.policy]
          or with nothing of ours: sha256sum -c MANIFEST.sha256, and for each record any C2SP tlog-proof verifier.
          A proof shows that a record stood in the log when the checkpoint was signed, and was not changed since. It
          does not show that the log is whole: compare log/checkpoint with one that you kept, or that your witnesses signed.

        """
    }

    /// Records that nobody chose, and why they are here.
    private var compared: String {
        file.compared == 0
            ? "No approval of another call is here."
            : "Of \(file.compared) other call(s) the approval is here: refused calls are compared with it."
    }

    package var custody: String {
        """
        CHAIN OF CUSTODY, CASE \(line(file.name))

        Why      \(line(file.reason))
        When     \(file.exported.rfc3339) (UTC, by the clock of the machine of the log)
        By       \(line(file.exporter))
        How      martlet audit export; the export is itself a record of the log, type audit.read, unless the gateway did
                 not run
        Out of   log \(line(file.origin)), \(file.size) records, root \(line(file.root))
        Chosen   \(line(file.selection))

        Handed over to             date                 signature

        ______________________     _______________      ______________________

        ______________________     _______________      ______________________

        """
    }

    package var certification: String {
        """
        DRAFT. CERTIFICATION OF RECORDS GENERATED BY AN ELECTRONIC PROCESS
        (in the form of U.S. Federal Rules of Evidence 902(13) and 902(14); not legal advice, to be completed by a qualified
        person)

        I, ______________________, am ______________________ and am familiar with the system described here.

        1. The records in this bundle were generated by an electronic process: the Martlet gateway writes a record of each
           call to an append-only log before the call is sent, and a record of its outcome before the answer is returned,
           at or near the time of the event.
        2. The process produces an accurate result: each record is bound into a Merkle tree (RFC 6962) whose root is signed;
           a record that is changed, removed or inserted afterwards does not lead to the signed root.
        3. I checked the bundle with the command ______________________ on ______________, under a verifier key that I had
           from ______________________; the result was ______________________.
        4. The digests in MANIFEST.sha256 identify the files of this bundle.

        Case \(line(file.name)), log \(line(file.origin)), \(file.size) records, root \(line(file.root)).

        Signature ______________________      Date ______________

        """
    }

    /// What others wrote must not begin a line of its own.
    private func line(_ text: String) -> String { PrintableText.escaped(text) }
}
