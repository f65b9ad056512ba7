/// What the answer of a witness to `add-checkpoint` means for the log that asked.
package enum WitnessVerdict: Hashable, Sendable {
    /// It signed: its lines, each with a valid signature of it, and when.
    case cosigned(lines: String, at: UInt64)
    /// It knows another size than the one that was named, and one that this log has.
    case known(size: UInt64)
    /// It signed more than this log holds: an older copy of the log was put back.
    case rolledBack(size: UInt64)
    /// It signed a tree that this log does not continue.
    case rewritten(size: UInt64)
    case failed(String)

    /// Reads an answer to `request`; `size` is how many leaves the log holds now, at least those of the request.
    package init(
        status: Int, body: [UInt8], to request: WitnessRequest, of checkpoint: Checkpoint, logSize size: UInt64,
        by witness: CosignatureVerifier
    ) {
        switch status {
        case 200: self = Self.cosignature(body, request, witness)
        case 409:
            let digits = body.last == UInt8(ascii: "\n") ? body.dropLast() : body[...]
            guard digits.count <= 20, let known = Decimal.read(digits) else {
                self = .failed("a 409 without a size"); return
            }
            if known > size {
                self = .rolledBack(size: known)
            } else if known == request.old {
                // The size is right, so what differs is the root.
                self =
                    known == checkpoint.size ? .rewritten(size: known) : .failed("a 409 with the size that was named")
            } else {
                self = .known(size: known)
            }
        // Nothing was signed yet that this log could contradict: it is no witness that answers so.
        case 422: self = request.old == 0 ? .failed("status 422 to a first request") : .rewritten(size: request.old)
        default: self = .failed("status \(status)")
        }
    }

    /// Only lines of this witness are kept: what else it sends is of nobody that is trusted.
    private static func cosignature(
        _ body: [UInt8], _ request: WitnessRequest, _ witness: CosignatureVerifier
    ) -> WitnessVerdict {
        let text = String(decoding: body, as: UTF8.self)
        let start = "\u{2014} \(witness.name) "
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.utf8.starts(with: start.utf8) }.map { $0 + "\n" }
        guard lines.count <= 8 else { return .failed("too many signature lines") }
        for line in lines {
            do throws(NoteError) {
                return .cosigned(lines: line, at: try witness.verify(request.note + line))
            } catch {
                continue
            }
        }
        return .failed("an answer without a valid signature of \(witness.name)")
    }
}
