/// A proof that a leaf stands in the log, as one signed object of CBOR: the form that SCITT and COSE tools take.
///
/// A COSE_Sign1 over the root of the tree, which is left out: whoever checks it makes the root from leaf and path.
/// Source: RFC 9942 (COSE Receipts), sections 4 and 5.2; RFC 9052, section 4.4; RFC 9943, section 6 for the claims.
package enum COSEReceipt {
    private enum Label {
        static let algorithm: Int64 = 1
        static let key: Int64 = 4
        static let claims: Int64 = 15
        static let structure: Int64 = 395
        static let proofs: Int64 = 396
        static let inclusion: Int64 = -1
    }
    private static let edDSA: Int64 = -8
    private static let rfc9162SHA256: Int64 = 1
    private static let sign1: UInt64 = 18
    private static let signatureBytes = 64

    /// Signs the root of `checkpoint` for the leaf that `proof` leads from. The proof must have been verified.
    package static func make(
        _ proof: TlogProof, of checkpoint: Checkpoint, signer: NoteSigner
    ) throws(NoteError) -> [UInt8] {
        let header = protected(proof, checkpoint, signer.keyHash)
        return unsigned(proof, checkpoint, header) + (try signer.signature(of: message(header, checkpoint)))
    }

    /// Whether `receipt` is the one of this log for this leaf: the exact bytes that `make` writes, with a valid signature.
    ///
    /// The proof must have been verified. There is one way to write a receipt here, so nothing has to be parsed.
    package static func isValid(
        _ receipt: [UInt8], for proof: TlogProof, of checkpoint: Checkpoint, verifier: NoteVerifier
    ) -> Bool {
        let header = protected(proof, checkpoint, verifier.keyHash)
        let start = unsigned(proof, checkpoint, header)
        guard receipt.count == start.count + signatureBytes, receipt.starts(with: start) else { return false }
        return verifier.isValid(Array(receipt.suffix(signatureBytes)), of: message(header, checkpoint))
    }

    /// What is signed. Source: RFC 9052, section 4.4.
    private static func message(_ header: [UInt8], _ checkpoint: Checkpoint) -> [UInt8] {
        var message = CBORWriter()
        message.array(4)
        message.text("Signature1")
        message.string(header)
        message.string([])
        message.string(checkpoint.root.bytes)
        return message.bytes
    }

    /// The receipt up to the bytes of its signature.
    private static func unsigned(_ proof: TlogProof, _ checkpoint: Checkpoint, _ header: [UInt8]) -> [UInt8] {
        var receipt = CBORWriter()
        receipt.tag(sign1)
        receipt.array(4)
        receipt.string(header)
        receipt.map(1)
        receipt.integer(Label.proofs)
        receipt.map(1)
        receipt.integer(Label.inclusion)
        receipt.array(1)
        receipt.string(inclusion(proof, checkpoint))
        receipt.null()
        receipt.startOfString(signatureBytes)
        return receipt.bytes
    }

    /// The log is the issuer, the record the subject.
    private static func protected(_ proof: TlogProof, _ checkpoint: Checkpoint, _ keyHash: [UInt8]) -> [UInt8] {
        var header = CBORWriter()
        header.map(4)
        header.integer(Label.algorithm)
        header.integer(edDSA)
        header.integer(Label.key)
        header.string(keyHash)
        header.integer(Label.claims)
        header.map(2)
        header.integer(1)
        header.text(checkpoint.origin)
        header.integer(2)
        header.text("record \(proof.index)")
        header.integer(Label.structure)
        header.integer(rfc9162SHA256)
        return header.bytes
    }

    private static func inclusion(_ proof: TlogProof, _ checkpoint: Checkpoint) -> [UInt8] {
        var writer = CBORWriter()
        writer.array(3)
        writer.unsigned(checkpoint.size)
        writer.unsigned(proof.index)
        writer.array(proof.path.count)
        for hash in proof.path { writer.string(hash.bytes) }
        return writer.bytes
    }
}
