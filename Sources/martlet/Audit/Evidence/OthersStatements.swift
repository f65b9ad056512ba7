import ArgumentParser
import MartletAudit
import MartletStorage
import MartletTransparency

/// What others stated about the log of a bundle: its witnesses, and authorities of time; as files, and for its README.
struct OthersStatements {
    struct File {
        let path: String
        let bytes: [UInt8]
        init(_ path: String, _ text: String) { (self.path, bytes) = (path, Array(text.utf8)) }
        init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
    }

    private let published: PublishedDirectory
    private let signed: PublishedLog.Statement
    private let verifier: NoteVerifier
    private(set) var files: [File] = []
    private(set) var witnessing = EvidenceWitnessing.notConfigured
    private(set) var timestamps = EvidenceTimestamps()

    /// `signed` is the checkpoint of the bundle, which has the records `indexes`.
    init(
        _ published: PublishedDirectory, _ signed: PublishedLog.Statement, _ verifier: NoteVerifier,
        policy: WitnessPolicy?, indexes: [UInt64]
    ) throws {
        (self.published, self.signed, self.verifier) = (published, signed, verifier)
        try takeWitnesses(policy, indexes)
        try takeTimestamps(indexes)
    }

    private mutating func takeWitnesses(_ policy: WitnessPolicy?, _ indexes: [UInt64]) throws {
        let note = try published.told { log throws(SegmentError) in try log.witnessedNote() }
        let checkpoint: Checkpoint?
        do throws(CheckpointError) {
            checkpoint = try note.map { note throws(CheckpointError) in try Checkpoint(signed: note, by: verifier) }
        } catch {
            guard case .note(.notSigned) = error else {
                throw told("checkpoint.witnessed", "it is no checkpoint of this log")
            }
            witnessing = .underReplacedKey
            return
        }
        guard let note, let checkpoint, checkpoint.size > 0 else {
            guard let policy else { return }
            witnessing = .notYet
            files.append(File("log/witness.policy", policy.text(for: verifier)))
            return
        }
        let tie = try continuation((note, checkpoint))
        files += [File("log/checkpoint.witnessed", note), File("log/consistency", tie)]
        let covered = indexes.count { $0 < checkpoint.size }
        witnessing = .signed(size: checkpoint.size, covered: covered, policy: try apply(policy, to: note))
    }

    /// A policy that the checkpoint does not meet stays out: it was changed since, and would accuse the log.
    private mutating func apply(_ policy: WitnessPolicy?, to note: String) throws -> EvidenceWitnessing.Policy {
        guard let policy else { return .none }
        do throws(NoteError) {
            let names = try policy.witnesses(of: note)
            guard policy.isQuorum(names) else { return .notMet }
            files.append(File("log/witness.policy", policy.text(for: verifier)))
            return .met(names.sorted())
        } catch {
            throw told("checkpoint.witnessed", "the signature of a witness is not valid")
        }
    }

    /// For each record the first token that covers it: the earliest time by which it existed.
    private mutating func takeTimestamps(_ indexes: [UInt64]) throws {
        var sizes = try published.told { log throws(SegmentError) in try log.timestamps() }[...]
        var newest: UInt64?
        for index in indexes.sorted() {
            if let newest, index < newest {
                timestamps.covered += 1
                continue
            }
            sizes = sizes.drop { $0 <= index }
            while newest.map({ $0 <= index }) ?? true, let size = sizes.popFirst() {
                if try takeTimestamp(size) { newest = size }
            }
            if let newest, index < newest { timestamps.covered += 1 }
        }
    }

    /// False when it is not about the checkpoint beside it: it is left out, and counted.
    private mutating func takeTimestamp(_ size: UInt64) throws -> Bool {
        let found = try published.told {
            log throws(SegmentError) -> (statement: PublishedLog.Statement, token: [UInt8])? in
            do throws(SegmentError) { return try log.timestamp(size) } catch {
                guard case .malformed = error else { throw error }
                return nil
            }
        }
        guard let found else {
            Terminal.error("timestamps/\(size).tsr is left out: it is not about timestamps/\(size).checkpoint")
            timestamps.unreadable += 1
            return false
        }
        let name = "timestamps/\(size)"
        files += [
            File(name + ".checkpoint", found.statement.note), File(name + ".tsr", found.token),
            File(name + ".consistency", try continuation(found.statement)),
        ]
        timestamps.tokens += 1
        return true
    }

    private func continuation(_ other: PublishedLog.Statement) throws -> String {
        try published.told { [signed] log throws(SegmentError) in try log.continuation(signed, other).text }
    }

    private func told(_ file: String, _ problem: String) -> ExitCode {
        Terminal.error("\(file): \(problem); see martlet audit verify")
        return ExitCode(1)
    }
}
