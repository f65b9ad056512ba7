import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletStorage
import MartletTransparency
import NIOCore
import NIOPosix
import Synchronization

/// Has the checkpoints of the log signed by witnesses, beside the path of the calls.
///
/// What a witness says against the log ends the gateway, and keeps it from starting. Source: docs/adr/0024.
final class Witnessing: Sendable {
    private let settings: WitnessSettings
    private let clients: [WitnessClient]
    private let log: PublishedLog
    private let store: SegmentStore
    private let logger: Logger
    private let clock: any GatewayClock
    private let said = Mutex<String?>(nil)

    init(
        _ settings: WitnessSettings, directory: String, store: SegmentStore, group: MultiThreadedEventLoopGroup,
        clock: any GatewayClock, logger: Logger
    ) throws(StartFailure) {
        let log = PublishedLog(directory: directory)
        do throws(EgressError) {
            var clients: [WitnessClient] = []
            for witness in settings.policy.witnesses {
                clients.append(try WitnessClient(witness, settings, log: log, group: group))
            }
            self.clients = clients
        } catch {
            throw StartFailure("witnesses: \(error)")
        }
        (self.settings, self.log, self.store, self.clock, self.logger) = (settings, log, store, clock, logger)
    }

    /// What a witness said against the log; from then on nothing may be recorded.
    var contradiction: String? { said.withLock { $0 } }

    /// The first round, before anything is written. Witnesses that do not answer do not keep the gateway from starting.
    func begin() async throws(StartFailure) -> WitnessMemory {
        var memory = WitnessMemory()
        let round = await round(memory)
        if let contradiction = round?.contradiction {
            throw StartFailure(
                "\(contradiction). Do not delete files to make it start: copy the state directory away first")
        }
        if let round { _ = take(round, &memory) }
        return memory
    }

    /// Rounds until the task is cancelled, or a witness contradicts the log.
    func run(_ memory: WitnessMemory, _ audit: AuditLog) async {
        var memory = memory
        var watch = WitnessWatch(lostAfter: settings.lostAfter)
        while !Task.isCancelled {
            if let round = await round(memory) {
                if let contradiction = round.contradiction {
                    store.distrust()
                    said.withLock { $0 = contradiction }
                    logger.critical(
                        "a witness contradicts the audit log: the gateway ends", metadata: ["why": "\(contradiction)"])
                    return
                }
                let isQuorum = take(round, &memory)
                let missing = round.failures.map { (name: $0.name, why: $0.why) }
                await tell(watch.note(round, isQuorum: isQuorum, missing: missing, now: clock.now()), audit)
            }
            do { try await Task.sleep(for: .seconds(settings.every.count)) } catch { return }
        }
    }

    /// Asks every witness about the newest checkpoint; nil when nothing is new, or the checkpoint cannot be read.
    private func round(_ memory: WitnessMemory) async -> WitnessRound? {
        let stated: (note: String, checkpoint: Checkpoint)
        do {
            stated = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [log] in
                try log.checkpoint(try log.verifier())
            }
        } catch {
            logger.error("witnesses cannot be asked: the checkpoint cannot be read", metadata: ["why": "\(error)"])
            return nil
        }
        guard memory.witnessed != stated.checkpoint else { return nil }
        let store = store
        return await withTaskGroup(of: (String, WitnessClient.Outcome).self) { group in
            for client in clients {
                let old = memory.sizes[client.name] ?? 0
                group.addTask {
                    (client.name, await client.cosign(stated.note, stated.checkpoint, old: old) { store.size })
                }
            }
            var round = WitnessRound(note: stated.note, checkpoint: stated.checkpoint)
            for await (name, outcome) in group { round.outcomes[name] = outcome }
            return round
        }
    }

    /// Keeps what was signed, and publishes it when it is enough.
    private func take(_ round: WitnessRound, _ memory: inout WitnessMemory) -> Bool {
        for (name, outcome) in round.outcomes {
            switch outcome {
            case .cosigned: memory.sizes[name] = round.checkpoint.size
            case .ahead(let size): memory.sizes[name] = size
            case .contradicted, .failed: break
            }
        }
        guard settings.policy.isQuorum(Set(round.signed)) else { return false }
        memory.witnessed = round.checkpoint
        store.publish(witnessed: round.cosignedNote, of: round.checkpoint)
        return true
    }

    private func tell(_ news: WitnessWatch.News?, _ audit: AuditLog) async {
        switch news {
        case .witnessed(let round):
            logger.notice(
                "checkpoint witnessed",
                metadata: ["size": "\(round.checkpoint.size)", "by": "\(round.signed.joined(separator: ", "))"])
            await audit.note(.evidence(.witnessed(CheckpointFacts(round.checkpoint), witnesses: round.signed)))
        case .lost(let last, let missing):
            logger.error(
                "too few witnesses sign the checkpoints of the audit log; calls go on",
                metadata: ["missing": "\(missing.map { "\($0.name): \($0.why)" }.joined(separator: "; "))"])
            await audit.note(
                .evidence(
                    .witnessLost(
                        last.map { CheckpointFacts($0) }, missing: missing.map(\.name), reasons: missing.map(\.why))))
        case nil: break
        }
    }
}

extension CheckpointFacts {
    init(_ checkpoint: Checkpoint) {
        self.init(size: checkpoint.size, root: Digest(bytes: checkpoint.root.bytes) ?? Digest(of: []))
    }
}
