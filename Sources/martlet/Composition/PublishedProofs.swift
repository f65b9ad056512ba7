import MartletAudit
import MartletStorage
import MartletTransparency
import NIOCore
import NIOPosix

/// Proofs from the files that outsiders have, read on a thread that may block.
struct PublishedProofs {
    let directory: String
    /// Where the secret key of the log is, for receipts.
    let keys: String

    func look(_ index: UInt64) async -> ProofLookup {
        do {
            return try await NIOSingletons.posixBlockingThreadPool.runIfActive { [directory] in
                Self.read(index, PublishedLog(directory: directory))
            }
        } catch {
            return .unavailable
        }
    }

    /// The proof of a record in the form of COSE, signed now.
    func receipt(_ record: ProvenRecord) async -> [UInt8]? {
        do {
            return try await NIOSingletons.posixBlockingThreadPool.runIfActive { [directory, keys] in
                Self.sign(record, PublishedLog(directory: directory, keys: keys))
            }
        } catch {
            return nil
        }
    }

    private static func read(_ index: UInt64, _ log: PublishedLog) -> ProofLookup {
        do throws(SegmentError) {
            let verifier = try log.verifier()
            guard let (proof, leaf) = try log.proof(of: index, verifier) else { return .notCovered }
            return .found(ProvenRecord(leaf: leaf, proof: proof.text))
        } catch {
            return .unavailable
        }
    }

    private static func sign(_ record: ProvenRecord, _ log: PublishedLog) -> [UInt8]? {
        do {
            return try log.receipt(try TlogProof(record.proof), try log.verifier())
        } catch {
            return nil
        }
    }
}
