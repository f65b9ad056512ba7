import MartletAudit
import MartletCore
import Synchronization

/// How processes of upstreams ended since that was last put on record. One entry for each upstream.
final class ChildEnds: Sendable {
    private let ends = Mutex<[UpstreamID: (how: String, count: Int)]>([:])

    /// Takes the ends of one upstream's processes; from any thread, does not block.
    func report(of upstream: UpstreamID) -> @Sendable (String) -> Void {
        { [weak self] how in
            self?.ends.withLock { ends in ends[upstream] = (how, (ends[upstream]?.count ?? 0) + 1) }
        }
    }

    /// Puts on record what was reported; each of these processes is started again.
    func settle(_ audit: AuditLog) async {
        let reported = ends.withLock { ends in
            defer { ends = [:] }
            return ends
        }
        for (upstream, end) in reported.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let times = end.count > 1 ? ", the last of \(end.count)" : ""
            await audit.note(.upstreamRestarted(upstream, reason: end.how + times))
        }
    }
}
