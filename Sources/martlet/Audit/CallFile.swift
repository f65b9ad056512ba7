import MartletAudit
import MartletCore
import MartletJSON

/// Gathers what the log has about one call, through the index.
struct CallFile {
    struct Report {
        let parts: [ReportPart]
        /// Every record it rests on, by its index.
        let records: [UInt64: [UInt8]]
        /// Those of approvals of other calls, which refused ones were compared with.
        let compared: [UInt64: [UInt8]]
        let opened: [UInt64]
    }

    private let call: CallID
    /// Whether a refused call is compared with the nearest approval of another one.
    private let comparesOthers: Bool

    init(_ call: CallID, comparesOthers: Bool = true) {
        self.call = call
        self.comparesOthers = comparesOthers
    }

    /// Nil when the log has no record of this call.
    func report(_ log: inout IndexedLog, _ values: SealedValues) throws -> Report? {
        let own = try log.all { $0.equal[.call] = call.rawValue }
        guard !own.isEmpty else { return nil }
        var records = Dictionary(own.map { ($0.index, $0.leaf) }, uniquingKeysWith: { first, _ in first })
        for approval in Set(own.compactMap { $0.row[.approval] }) {
            records.merge(try self.records(ofApproval: approval, &log)) { first, _ in first }
        }
        var filter = TimelineFilter()
        filter.call = call
        var timeline = Timeline(for: filter)
        for (index, leaf) in records.sorted(by: { $0.key < $1.key }) { timeline.take(leaf, at: index) }
        var (parts, opened, compared) = ([ReportPart](), Set<UInt64>(), [UInt64: [UInt8]]())
        for item in timeline.items() {
            switch item {
            case .call(let story):
                let surroundings = try surroundings(story, &log)
                if !surroundings.isUsed, let other = surroundings.approved?.approvalID {
                    compared.merge(try self.records(ofApproval: other, &log)) { first, _ in first }
                }
                let report = CallReport(story, surroundings, values)
                parts.append(.call(report))
                opened.formUnion(report.opened)
            case .event(let entry):
                // The approval's records stand with the call already.
                guard entry.approvalID == nil || entry.type == .callIntent else { continue }
                let report = EventReport(entry, values)
                parts.append(.event(report))
                opened.formUnion(report.opened)
            }
        }
        return Report(parts: parts, records: records, compared: compared, opened: opened.sorted())
    }

    private func records(ofApproval approval: String, _ log: inout IndexedLog) throws -> [UInt64: [UInt8]] {
        let found = try log.all { $0.equal[.approval] = approval }
            .filter { $0.row[.type]?.hasPrefix("approval.") == true }
        return Dictionary(found.map { ($0.index, $0.leaf) }, uniquingKeysWith: { first, _ in first })
    }

    private func surroundings(_ story: CallStory, _ log: inout IndexedLog) throws -> CallReport.Surroundings {
        var surroundings = CallReport.Surroundings()
        surroundings.revocations = try revocations(story.opening, &log)
        if story.wasDispatched {
            surroundings.approved = story.approvals.first { $0.type == .approvalRequested }
            surroundings.isUsed = true
        } else if comparesOthers, let nearest = try nearestApproval(to: story.opening, &log) {
            surroundings.approved = nearest
        }
        return surroundings
    }

    private func revocations(_ opening: TimelineEntry, _ log: inout IndexedLog) throws -> [TimelineEntry] {
        let credential = opening.document.member("verified")?.member("cred")
        let names = [credential?.member("digest")?.string, credential?.member("jti")?.string].compactMap { $0 }
        var found: [TimelineEntry] = []
        for name in names {
            found += try log.entries {
                $0.equal[.type] = RecordType.credentialRevoked.rawValue
                $0.credential = name
            }
        }
        for person in [opening.agent, opening.user].compactMap({ $0 }) {
            found += try log.entries {
                $0.equal[.type] = RecordType.credentialRevoked.rawValue
                $0.person = person
            }
        }
        return found.sorted { $0.index < $1.index }
    }

    /// What the same agent was allowed last with this tool: what a refused call may have been changed from.
    private func nearestApproval(to opening: TimelineEntry, _ log: inout IndexedLog) throws -> TimelineEntry? {
        guard let agent = opening.agent, let upstream = opening.upstream, let tool = opening.subject else { return nil }
        let granted = try log.entries(newestFirst: true, limit: 8) { filter in
            filter.equal = [
                .type: RecordType.approvalGranted.rawValue, .agent: agent, .upstream: upstream, .tool: tool,
            ]
            filter.before = opening.index
        }
        guard let other = granted.first(where: { $0.approvalID != opening.approvalID })?.approvalID else { return nil }
        return try log.entries(limit: 1) { filter in
            filter.equal = [.type: RecordType.approvalRequested.rawValue, .approval: other]
        }.first
    }
}
