import ArgumentParser
import Glibc
import MartletAudit
import MartletCore
import MartletJSON
import MartletStorage
import MartletTransparency

/// Gathers a case: the calls a filter finds, everything the log has about them, and the proof of each record.
struct EvidenceExport {
    private let published: PublishedDirectory
    private let verifier: NoteVerifier
    private let note: String
    private let checkpoint: Checkpoint
    private let values: SealedValues
    private let policy: WitnessPolicy?
    /// A closed log has no key that signs any more.
    private let isClosed: Bool
    private var bundle: EvidenceBundle
    /// Every record whose values leave with the bundle, or were read for it.
    private(set) var opened: Set<UInt64> = []
    /// Calls beyond these are no case: half of one would mislead.
    private static let maximumCalls = 10_000
    /// How long the newest records may take to be covered by a checkpoint, which is written each second.
    private static let patience = 50

    /// Everything is proven under one checkpoint: the one that covers the log as it is now.
    init(
        _ log: IndexedLog, _ state: StateDirectory, file: EvidenceCase, policy: WitnessPolicy?, discloses: Bool,
        names: Bool
    ) throws {
        (published, self.policy, isClosed) = (PublishedDirectory(state), policy, state.shard != nil)
        verifier = try published.told { log throws(SegmentError) in try log.verifier() }
        let verifier = verifier
        var newest = try published.told { log throws(SegmentError) in try log.checkpoint(verifier) }
        for _ in 0..<Self.patience where newest.checkpoint.size < log.size {
            usleep(100_000)
            newest = try published.told { log throws(SegmentError) in try log.checkpoint(verifier) }
        }
        (note, checkpoint) = newest
        var log = log
        let names = try names ? log.keys(opened: false).names : .none
        values =
            try discloses ? log.values().naming(names) : SealedValues(keys: .closed(naming: names)) { _ in nil }
        var file = file
        file.origin = checkpoint.origin
        file.size = checkpoint.size
        file.root = checkpoint.root.description
        bundle = EvidenceBundle(file)
    }

    var found: Int { bundle.file.records }

    /// `compares` says whether refused calls are compared with the nearest approval of another one, whose records come along
    /// then.
    mutating func gather(_ filter: IndexFilter, _ log: inout IndexedLog, compares: Bool) throws {
        var filter = filter
        filter.before = min(filter.before ?? .max, checkpoint.size)
        var (calls, others) = (Set<String>(), [LoggedRecord]())
        for record in try log.all({ $0 = filter }) {
            if let call = record.row[.call] { calls.insert(call) } else { others.append(record) }
        }
        guard !calls.isEmpty || !others.isEmpty else {
            Terminal.error("nothing among the \(checkpoint.size) records that the checkpoint covers")
            throw ExitCode(1)
        }
        guard calls.count <= Self.maximumCalls else {
            Terminal.error("\(calls.count) calls: more than \(Self.maximumCalls) are no case; choose fewer")
            throw ExitCode(1)
        }
        var (records, compared) = ([UInt64: [UInt8]](), [UInt64: [UInt8]]())
        for call in calls.compactMap({ CallID($0) }).sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let report = try CallFile(call, comparesOthers: compares).report(&log, values) else { continue }
            for part in report.parts { bundle.add(part) }
            records.merge(report.records) { first, _ in first }
            compared.merge(report.compared) { first, _ in first }
            opened.formUnion(report.opened)
        }
        for record in others { try add(record, to: &records) }
        add(compared, to: &records)
        var people: Set<Pseudonym> = []
        for (index, leaf) in records {
            if let entry = LoggedRecord.entry(leaf, at: index) { people.formUnion(entry.pseudonyms) }
        }
        for person in people.sorted(by: { $0.rawValue < $1.rawValue }) {
            if let shown = values.names.identity(person.rawValue)?.disclosure { bundle.add(identity: shown) }
        }
        // Grants name everybody who may approve: only who is in the chosen records is named.
        try addGrants(at: records.keys.sorted(), values.naming(values.names.restricted(to: people)), &log)
        for (index, leaf) in records { try prove(index, leaf) }
    }

    /// What refused calls are compared with, as far as it is not here anyway.
    private mutating func add(_ compared: [UInt64: [UInt8]], to records: inout [UInt64: [UInt8]]) {
        for (index, leaf) in compared where records[index] == nil {
            records[index] = leaf
            guard let entry = LoggedRecord.entry(leaf, at: index), entry.type == .approvalRequested else { continue }
            bundle.addComparison()
        }
    }

    /// A record that is about no call.
    private mutating func add(_ record: LoggedRecord, to records: inout [UInt64: [UInt8]]) throws {
        records[record.index] = record.leaf
        guard let entry = record.entry else { return }
        let report = EventReport(entry, values)
        opened.formUnion(report.opened)
        bundle.add(.event(report))
    }

    /// What was in force at the time of each record: the statement of the run it belongs to.
    private mutating func addGrants(
        at indexes: [UInt64], _ values: SealedValues, _ log: inout IndexedLog
    ) throws {
        var known: Set<UInt64> = []
        var next: UInt64 = 0
        for index in indexes where index >= next {
            guard let authority = try log.authority(before: index) else { continue }
            for number in authority.records where known.insert(number).inserted {
                guard let record = try log.record(at: number) else { continue }
                if let entry = record.entry { bundle.add(.event(EventReport(entry, values))) }
                try prove(number, record.leaf)
            }
            next = try nextStatement(after: index, &log) ?? .max
        }
    }

    private func nextStatement(after index: UInt64, _ log: inout IndexedLog) throws -> UInt64? {
        try log.entries(limit: 1) { filter in
            filter.equal[.type] = RecordType.grantsInForce.rawValue
            filter.after = index
        }.first?.index
    }

    private mutating func prove(_ index: UInt64, _ leaf: [UInt8]) throws {
        let (signed, verifier) = ((note, checkpoint), verifier)
        let found = try published.told { log throws(SegmentError) in
            try log.proof(of: index, under: signed, verifier)
        }
        guard let found else {
            Terminal.error("the checkpoint does not cover record \(index) yet; try again in a second")
            throw ExitCode(1)
        }
        guard found.leaf == leaf else {
            Terminal.error("tiles and segments have different records at \(index): see martlet audit verify")
            throw ExitCode(1)
        }
        bundle.add(record: index, leaf, found.proof, receipt: try receipt(found.proof))
        guard let entry = LoggedRecord.entry(leaf, at: index), entry.isSealed else { return }
        let disclosed = values.disclosure(of: entry)
        if disclosed != nil { opened.insert(index) }
        bundle.add(sealed: index, disclosed: disclosed)
    }

    /// Nil when the key of the log is not at hand.
    private func receipt(_ proof: TlogProof) throws -> [UInt8]? {
        guard !isClosed else { return nil }
        let verifier = verifier
        return try published.told { log throws(SegmentError) -> [UInt8]? in
            do throws(SegmentError) { return try log.receipt(proof, verifier) } catch {
                switch error {
                case .missing, .file: return nil
                default: throw error
                }
            }
        }
    }

    /// Nil when it is too large for one archive.
    mutating func archive() throws -> EvidenceBundle.Archive? {
        bundle.add(
            try OthersStatements(
                published, (note, checkpoint), verifier, policy: policy, indexes: bundle.indexes))
        let rotations = try published.told { log throws(SegmentError) in try log.rotations() }
        return bundle.archive(values, note: note, verifier: verifier, rotations: rotations)
    }

    func text(_ path: String, _ manifest: String) -> String {
        let file = bundle.file
        return "\(path): \(file.calls) calls, \(file.records) records, values of \(file.disclosed) of \(file.sealed) "
            + "disclosed, under the checkpoint at \(file.size), manifest \(manifest)"
    }

    func json(_ path: String, _ manifest: String) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("file", string: path)
        writer.member("case", string: bundle.file.name)
        writer.member("manifest", string: manifest)
        writer.member("calls", int: bundle.file.calls)
        writer.member("records", int: bundle.file.records)
        writer.member("sealed", int: bundle.file.sealed)
        writer.member("disclosed", int: bundle.file.disclosed)
        writer.member("checkpoint", int: Int64(clamping: bundle.file.size))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
