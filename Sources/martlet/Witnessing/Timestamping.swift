import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletStorage
import MartletTransparency
import NIOCore
import NIOPosix

/// Has checkpoints of the log timestamped by an RFC 3161 authority, beside the path of the calls.
///
/// It stops nothing: an authority that does not answer is asked again, and said to the operator. Source: docs/adr/0024.
struct Timestamping: Sendable {
    private let settings: TimestampSettings
    private let http: SlowHTTPClient
    private let log: PublishedLog
    private let files: TimestampFiles
    private let random: any RandomSource
    private let clock: any GatewayClock
    private let logger: Logger
    /// A token with its certificates is some kilobytes.
    private static let maximumBytes = 64 << 10
    /// After a failure it is asked again sooner than the next time.
    private static let retry = Seconds(60)

    init(
        _ settings: TimestampSettings, directory: String, group: MultiThreadedEventLoopGroup,
        random: any RandomSource, clock: any GatewayClock, logger: Logger
    ) throws(StartFailure) {
        (self.settings, self.random, self.clock, self.logger) = (settings, random, clock, logger)
        log = PublishedLog(directory: directory)
        files = TimestampFiles(directory: directory)
        do throws(EgressError) {
            http = try SlowHTTPClient(
                url: settings.url.text, timeout: .seconds(30), maximumBytes: Self.maximumBytes,
                authorities: settings.certificateAuthorities, group: group)
        } catch {
            throw StartFailure("timestamps: \(error)")
        }
    }

    /// Runs until the task is cancelled.
    func run(_ audit: AuditLog) async {
        var last: UInt64?
        var failing = LastingCondition(repeatAfter: Seconds(3600))
        while !Task.isCancelled {
            var problem: String?
            do {
                if let facts = try await stamp(after: last) {
                    last = facts.size
                    await audit.note(.evidence(facts.evidence))
                }
            } catch {
                problem = "\(error)"
            }
            switch failing.note(problem, at: clock.now()) {
            case .lasts(let why):
                logger.error("the checkpoint of the audit log has no timestamp", metadata: ["why": "\(why)"])
            case .ended: logger.notice("the checkpoint of the audit log has a timestamp again")
            case nil: break
            }
            let pause = problem == nil ? settings.every : min(settings.every, Self.retry)
            do { try await Task.sleep(for: .seconds(pause.count)) } catch { return }
        }
    }

    private struct Stamp {
        let size: UInt64
        let evidence: LogEvidence
    }

    /// A timestamp for the newest checkpoint; nil when that has one already.
    private func stamp(after last: UInt64?) async throws -> Stamp? {
        let (note, checkpoint) = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [log] in
            try log.checkpoint(try log.verifier())
        }
        guard checkpoint.size != last else { return nil }
        let request = TimestampRequest(of: Array(note.utf8), nonce: random.bytes(8))
        let answer = try await http.post(request.bytes, contentType: "application/timestamp-query")
        guard answer.status == 200 else { throw SlowHTTPClient.Failure("status \(answer.status)") }
        try request.check(answer.body)
        let file = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [files] in
            try files.keep(answer.body, for: note, size: checkpoint.size)
        }
        return Stamp(
            size: checkpoint.size,
            evidence: .timestamped(
                CheckpointFacts(checkpoint), authority: settings.url.text, token: Digest(of: answer.body), file: file))
    }
}
