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

    /// Signs the root of `checkpoint` for the leaf that `proof` leads from. The proof must have been verified.
    package static func make(
        _ proof: TlogProof, of checkpoint: Checkpoint, signer: NoteSigner
    ) throws(NoteError) -> [UInt8] {
        let header = protected(proof, checkpoint, signer)
        var message = CBORWriter()
        message.array(4)
        message.text("Signature1")
        message.string(header)
        message.string([])
        message.string(checkpoint.root.bytes)
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
        receipt.string(try signer.signature(of: message.bytes))
        return receipt.bytes
    }

    /// The log is the issuer, the record the subject.
    private static func protected(_ proof: TlogProof, _ checkpoint: Checkpoint, _ signer: NoteSigner) -> [UInt8] {
        var header = CBORWriter()
        header.map(4)
        header.integer(Label.algorithm)
        header.integer(edDSA)
        header.integer(Label.key)
        header.string(signer.keyHash)
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
