import Logging
import MartletAudit
import MartletCore
import MartletGateway
import MartletServer
import MartletStorage
import NIOCore
import NIOPosix

/// The HTTP side of a witness: `POST /add-checkpoint`, and nothing else. Source: C2SP tlog-witness.
///
/// Whoever can reach it may ask: what is signed is decided by the signature of the log alone. A witness keeps no log of
/// its own, so its answers go through an `AuditLog` that records nothing.
struct WitnessResponder: Responder {
    private let witness: LogWitness
    private let logger: Logger
    private let clock = SystemClock()
    private let audit: AuditLog

    init(_ witness: LogWitness, logger: Logger) throws {
        guard let environment = EnvironmentName("witness"),
            let root = RootKey(key: Secret(bytes: SystemRandomSource().bytes(32)))
        else { throw StartFailure("no random bytes") }
        self.witness = witness
        self.logger = logger
        audit = AuditLog(
            store: NoRecords(), clock: clock, random: SystemRandomSource(),
            identity: LogIdentity(node: HostName.current, environment: environment, posture: "witness"),
            sealing: PayloadVault(root: root, store: NoKeys()))
    }

    func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse {
        guard request.path == "/add-checkpoint" else { return text(404, "not found\n") }
        guard request.method == "POST" else { return text(405, "only POST\n") }
        let now = UInt64(max(0, clock.now().seconds))
        let answer: LogWitness.Answer
        do {
            answer = try await NIOSingletons.posixBlockingThreadPool.runIfActive { [witness, body = request.body] in
                witness.addCheckpoint(body, now: now)
            }
        } catch {
            return text(503, "ending\n")
        }
        if let problem = answer.problem {
            logger.warning(
                "not signed",
                metadata: ["why": "\(problem)", "status": "\(answer.status)", "from": "\(request.source)"])
        }
        return audit.unrecorded(
            .cosignature,
            answering: ResponseDraft(
                status: answer.status, headers: [(name: "content-type", value: answer.contentType)],
                body: Array(answer.body.utf8)))
    }

    func refuse(reason: String, status: Int, source: String) async -> AuditedResponse { text(status, "\(reason)\n") }

    private func text(_ status: Int, _ body: String) -> AuditedResponse {
        audit.unrecorded(
            .cosignature,
            answering: ResponseDraft(
                status: status, headers: [(name: "content-type", value: "text/plain")], body: Array(body.utf8)))
    }
}

/// A store that takes nothing.
private struct NoRecords: AuditStore {
    func append(_ entry: AuditEntry) async throws(AuditError) -> UInt64 { throw .closed }
    func enqueue(_ entry: AuditEntry, lost: @escaping @Sendable (AuditError) -> Void) throws(AuditError) {
        throw .closed
    }
}

/// A store that gives nothing.
private struct NoKeys: KeyStore {
    func key(
        of subject: DataSubject, in quarter: Quarter, else fresh: FreshKey
    ) async throws(KeyStoreError) -> WrappedKey { throw Self.none }

    func pseudonym(of subject: DataSubject, salt: [UInt8]) async throws(KeyStoreError) -> Pseudonym {
        throw Self.none
    }

    func subjects(named name: SubjectID) async throws(KeyStoreError) -> [KeptSubject] { throw Self.none }

    func subject(of pseudonym: Pseudonym) async throws(KeyStoreError) -> DataSubject? { throw Self.none }

    func destroy(_ keys: [KeyID], forgetting pseudonyms: [Pseudonym]) async throws(KeyStoreError) -> Int {
        throw Self.none
    }

    private static let none = KeyStoreError.unavailable("a witness keeps no keys")
}
