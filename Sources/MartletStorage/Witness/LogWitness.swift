package import MartletCore
package import MartletTransparency

/// Signs checkpoints of logs that it knows, each only when it continues the one before. Source: C2SP tlog-witness.
///
/// What it signed is kept before the signature is given; what cannot be kept is not signed.
package final class LogWitness: Sendable {
    private let rules: WitnessRules
    private let signer: CosignatureSigner
    private let state: WitnessState

    /// What is answered to one request.
    package struct Answer: Hashable, Sendable {
        package let status: Int
        package let contentType: String
        package let body: String
        /// For the operator; nil when it was signed.
        package let problem: String?
    }

    /// Opens the state in `directory`, with the key of the witness; the key is made at the first opening, as `name`.
    package static func open(
        directory: String, name: String?, logs: [NoteVerifier], files: any SegmentFiles = PosixFiles(),
        random: any RandomSource = SystemRandomSource()
    ) throws(SegmentError) -> LogWitness {
        let state = try WitnessState(directory: directory, files: files)
        let key = try WitnessKey(directory: directory, files: files).open(name: name, random: random)
        return LogWitness(rules: WitnessRules(logs: logs), signer: key, state: state)
    }

    /// The key that verifies what the witness in `directory` signs; takes no lock.
    package static func verifierKey(
        directory: String, files: any SegmentFiles = PosixFiles()
    ) throws(SegmentError) -> String {
        let key = WitnessKey(directory: directory, files: files)
        guard let signer = try key.load() else { throw .missing(path: key.path) }
        return signer.verifierKey
    }

    private init(rules: WitnessRules, signer: CosignatureSigner, state: WitnessState) {
        self.rules = rules
        self.signer = signer
        self.state = state
    }

    package var verifierKey: String { signer.verifierKey }

    /// Answers `add-checkpoint`. `now` is in seconds since 1970. Blocks in the disk.
    package func addCheckpoint(_ body: [UInt8], now: UInt64) -> Answer {
        let text = String(decoding: body, as: UTF8.self)
        guard text.utf8.elementsEqual(body), let request = WitnessRequest(text) else {
            return Answer(.malformed, of: nil)
        }
        var origin: String?
        do throws(WitnessError) {
            let checkpoint = try stated(request)
            origin = checkpoint.origin
            try state.advance(to: checkpoint) { last throws(WitnessRefusal) in
                try rules.check(checkpoint, of: request, after: last)
            }
            return Answer(status: 200, contentType: "text/plain", body: try sign(checkpoint, now), problem: nil)
        } catch {
            switch error {
            case .refused(let refusal): return Answer(refusal, of: origin)
            case .state(let cause):
                return Answer(status: 500, contentType: "text/plain", body: "not signed\n", problem: "\(cause)")
            }
        }
    }

    private func stated(_ request: WitnessRequest) throws(WitnessError) -> Checkpoint {
        do throws(WitnessRefusal) { return try rules.checkpoint(in: request) } catch { throw .refused(error) }
    }

    private func sign(_ checkpoint: Checkpoint, _ now: UInt64) throws(WitnessError) -> String {
        do throws(NoteError) {
            return try signer.line(for: checkpoint.text, time: now)
        } catch {
            throw .state(.checkpointRefused(error))
        }
    }
}

extension LogWitness.Answer {
    /// A conflict says which size is known. Source: C2SP tlog-witness.
    fileprivate init(_ refusal: WitnessRefusal, of origin: String?) {
        status = refusal.status
        let log = origin.map { " of \($0)" } ?? ""
        switch refusal {
        case .conflict(let size):
            (contentType, body) = ("text/x.tlog.size", "\(size)\n")
            problem = "a checkpoint\(log) does not follow the one of size \(size) that was signed last"
        case .malformed: (contentType, body, problem) = ("text/plain", "malformed request\n", "a malformed request")
        case .unknownLog: (contentType, body, problem) = ("text/plain", "unknown log\n", "an unknown log")
        case .notSigned:
            (contentType, body, problem) = (
                "text/plain", "no trusted signature\n", "a checkpoint without trusted signature"
            )
        case .inconsistent:
            (contentType, body) = ("text/plain", "the proof does not hold\n")
            problem = "a checkpoint\(log) contradicts the one that was signed last: its log was rewritten"
        }
    }
}
