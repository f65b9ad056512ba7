import MartletConfiguration
import MartletCore
import MartletEgress
import MartletStorage
import MartletTransparency
import NIOCore
import NIOPosix

/// Asks one witness to sign a checkpoint of the log. Source: C2SP tlog-witness, "add-checkpoint".
struct WitnessClient: Sendable {
    let name: String
    private let verifier: CosignatureVerifier
    private let http: SlowHTTPClient
    private let log: PublishedLog
    /// An answer is a few lines.
    private static let maximumBytes = 16 << 10
    /// First the size that we believe, then the one that the witness names; once more when it moved meanwhile.
    private static let attempts = 3

    init(
        _ witness: WitnessPolicy.Witness, _ settings: WitnessSettings, log: PublishedLog,
        group: MultiThreadedEventLoopGroup
    ) throws(EgressError) {
        var url = witness.url ?? ""
        while url.hasSuffix("/") { url.removeLast() }
        name = witness.name
        verifier = witness.verifier
        self.log = log
        http = try SlowHTTPClient(
            url: url + "/add-checkpoint", timeout: .seconds(settings.timeout.count), maximumBytes: Self.maximumBytes,
            authorities: settings.certificateAuthorities, group: group)
    }

    enum Outcome: Sendable {
        case cosigned(lines: String)
        /// It signed a checkpoint of `size` leaves that this log reaches, and its published one does not yet.
        case ahead(size: UInt64)
        /// It signed what this log is not: rolled back or rewritten.
        case contradicted(String)
        case failed(String)
    }

    /// `old` is what the witness is believed to have signed last; `size` gives how many leaves the log holds.
    func cosign(
        _ note: String, _ checkpoint: Checkpoint, old: UInt64, size: @Sendable () -> UInt64
    ) async -> Outcome {
        var old = old
        for _ in 0..<Self.attempts {
            guard old <= checkpoint.size else { return .ahead(size: old) }
            let answer: SlowHTTPClient.Answer
            let request: WitnessRequest
            do {
                request = try await prepare(old, note, checkpoint)
                answer = try await http.post(Array(request.text.utf8), contentType: "text/plain")
            } catch {
                return .failed("\(error)")
            }
            let verdict = WitnessVerdict(
                status: answer.status, body: answer.body, to: request, of: checkpoint, logSize: size(), by: verifier)
            switch verdict {
            case .cosigned(let lines, _): return .cosigned(lines: lines)
            case .known(let size):
                // It signed `old` for us before: its memory was put back, and its word is worth nothing.
                guard size >= old else { return .failed("signed \(old) records before, and names \(size) now") }
                old = size
            case .rolledBack(let known):
                return .contradicted(
                    "witness \(name) signed \(known) records, the log holds \(size()): an older copy of it was put back"
                )
            case .rewritten(let size):
                return .contradicted("witness \(name) signed other records up to \(size): the log was rewritten")
            case .failed(let reason): return .failed(reason)
            }
        }
        return .failed("names another size each time")
    }

    /// Reads tiles: on a thread that may block.
    private func prepare(_ old: UInt64, _ note: String, _ checkpoint: Checkpoint) async throws -> WitnessRequest {
        let request = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [log] in
            try log.witnessRequest(old: old, for: note, checkpoint)
        }
        guard let request else { throw SegmentError.tilesContradictLog(size: checkpoint.size) }
        return request
    }
}
