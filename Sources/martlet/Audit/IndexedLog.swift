import ArgumentParser
import FoundationEssentials
import MartletAudit
import MartletStorage

/// The log of a state directory behind its index, brought up to the newest whole batch.
///
/// The index is only ever believed as far as the log says the same: each row that is shown is compared with its leaf,
/// and an index that says something else is built again.
struct IndexedLog {
    let state: StateDirectory
    private(set) var index: AuditIndex
    /// What declared arguments are looked for with; nil when none are.
    private(set) var arguments: ArgumentSource?
    private(set) var size: UInt64

    init(_ state: StateDirectory) throws {
        self.state = state
        guard FileManager.default.fileExists(atPath: state.audit + "/segments") else {
            Terminal.error("audit log \(state.audit): there is none; is `state` of the configuration right?")
            throw ExitCode(2)
        }
        do throws(IndexError) {
            (index, size) = try Self.open(state)
        } catch {
            throw Self.told(error)
        }
        if let obstacle = index.obstacle {
            Terminal.error("after record \(size) the log cannot be read on (\(obstacle)): see martlet audit verify")
        }
    }

    private static func open(_ state: StateDirectory) throws(IndexError) -> (AuditIndex, UInt64) {
        do throws(IndexError) {
            var index = try AuditIndex.open(path: state.index, log: state.audit)
            return (index, try index.catchUp())
        } catch {
            switch error {
            case .database(.corrupted):
                Terminal.error("\(state.index) is damaged or of another version; it is built again from the log")
                return try rebuilt(state)
            case .database(.readOnly), .database(.cannotOpen), .database(.full):
                Terminal.error("\(state.index) cannot be written; searching an index in memory")
                var index = try AuditIndex.open(path: nil, log: state.audit)
                return (index, try index.catchUp())
            case .database, .log, .file, .vault: throw error
            }
        }
    }

    private static func rebuilt(_ state: StateDirectory) throws(IndexError) -> (AuditIndex, UInt64) {
        var index = try AuditIndex.rebuilt(path: state.index, log: state.audit)
        return (index, try index.catchUp())
    }

    /// Builds the index again from the first record on.
    mutating func rebuild() throws {
        index.close()
        do throws(IndexError) {
            (index, size) = try Self.rebuilt(state)
            try takeArguments()
        } catch {
            throw Self.told(error)
        }
    }

    /// Makes the index of declared arguments, as far as it is missing, and keeps it from here on.
    mutating func takeArguments(_ source: ArgumentSource) throws {
        arguments = source
        do throws(IndexError) {
            try takeArguments()
        } catch {
            guard error.asksForRebuild else { throw Self.told(error) }
            try rebuild()
        }
    }

    private func takeArguments() throws(IndexError) {
        guard let arguments else { return }
        // An erasure of a later log reaches no tokens beside a closed one: there are none on disk.
        if state.shard != nil { try index.keepArgumentsInMemory() }
        while try index.takeArguments(512, from: arguments) {}
    }

    /// Takes over what was added to the log since.
    mutating func catchUp() throws {
        do throws(IndexError) { size = try index.catchUp() } catch { throw Self.told(error) }
    }

    /// The rows that a filter admits, each with its leaf as it stands in the log.
    mutating func records(_ filter: IndexFilter, _ page: IndexPage) throws -> [LoggedRecord] {
        if let records = try confirmed(filter, page) { return records }
        Terminal.error("\(state.index) does not say what the log says; it is built again")
        try rebuild()
        if let records = try confirmed(filter, page) { return records }
        Terminal.error("audit log \(state.audit): it changes under the reader; see martlet audit verify")
        throw ExitCode(1)
    }

    /// Everything that a filter admits, oldest first. More than 100,000 records are no answer: half of one would mislead.
    mutating func all(_ restrict: (inout IndexFilter) -> Void) throws -> [LoggedRecord] {
        var filter = IndexFilter()
        restrict(&filter)
        let limit = 100_000
        let found = try records(filter, IndexPage(limit: limit + 1))
        guard found.count <= limit else {
            Terminal.error("more than \(limit) records: too many for this answer; see martlet audit search")
            throw ExitCode(1)
        }
        return found
    }

    /// The same as records, without what cannot be read as one.
    mutating func entries(
        newestFirst: Bool = false, limit: Int = 10_000, _ restrict: (inout IndexFilter) -> Void
    ) throws -> [TimelineEntry] {
        var filter = IndexFilter()
        restrict(&filter)
        return try records(filter, IndexPage(limit: limit, isNewestFirst: newestFirst)).compactMap(\.entry)
    }

    /// What was granted as of the last record before `index`; nil when the log does not say.
    mutating func authority(before index: UInt64) throws -> AuthorityState? {
        // Parts of one statement, and of starts that were cut short, stand close together.
        AuthorityState(
            newestOf: try entries(newestFirst: true, limit: 4096) { filter in
                filter.equal[.type] = RecordType.grantsInForce.rawValue
                filter.before = index
            })
    }

    mutating func record(at index: UInt64) throws -> LoggedRecord? {
        var filter = IndexFilter()
        filter.after = index > 0 ? index - 1 : nil
        filter.before = index == .max ? nil : index + 1
        return try records(filter, IndexPage(limit: 1)).first
    }

    /// The keys of the sealed values, as far as they are at hand, and why others are gone.
    mutating func keys(opened: Bool) throws -> ReadingKeys {
        try keys(of: ReadersKeys(state, for: opened ? .values : .names))
    }

    mutating func keys(of readers: ReadersKeys) throws -> ReadingKeys {
        let later = try LaterLogs(of: state).indexedErasures()
        return readers.keys(try erasures(), later)
    }

    /// What this log says was erased.
    mutating func erasures() throws -> Erasures {
        var erasures = Erasures()
        // In this order: what was carried over from the log before came first, and no end comes before its request.
        for type in [RecordType.shardCarried, .erasureRequested, .erasureExecuted, .erasureRefused] {
            for record in try all({ $0.equal[.type] = type.rawValue }) { take(record, &erasures) }
        }
        return erasures
    }

    private func take(_ record: LoggedRecord, _ erasures: inout Erasures) {
        if let entry = record.entry { erasures.take(entry) }
    }

    /// The sealed values, as far as the key is at hand.
    mutating func values() throws -> SealedValues { values(try keys(opened: true)) }

    func values(_ keys: ReadingKeys) -> SealedValues {
        let (index, reader) = (index, SegmentReader(directory: state.audit))
        return SealedValues(keys: keys) { number in
            do {
                guard let place = try index.payload(of: number) else { return nil }
                return try reader.payload(at: place)
            } catch {
                Terminal.error("audit log: the sealed values of record \(number): \(error)")
                return nil
            }
        }
    }

    /// How many rows a filter admits, as the index has them.
    func count(_ restrict: (inout IndexFilter) -> Void) throws -> Int {
        var filter = IndexFilter()
        restrict(&filter)
        do throws(IndexError) { return try index.count(filter) } catch { throw Self.told(error) }
    }

    /// Nil when the index is not what the log says.
    private func confirmed(_ filter: IndexFilter, _ page: IndexPage) throws -> [LoggedRecord]? {
        var records: [LoggedRecord] = []
        do throws(IndexError) {
            for record in try index.rows(filter, page) {
                guard let leaf = try index.leaf(of: record) else { return nil }
                records.append(LoggedRecord(record: record, leaf: leaf))
            }
            return records
        } catch {
            if error.asksForRebuild { return nil }
            throw Self.told(error)
        }
    }

    static func told(_ error: IndexError) -> ExitCode {
        Terminal.error("\(error)")
        switch error {
        case .database, .file, .vault: return ExitCode(2)
        case .log: return ExitCode(1)
        }
    }
}

/// A row of the index whose leaf was read from the log and says the same.
struct LoggedRecord {
    let record: IndexedRecord
    let leaf: [UInt8]
    var row: IndexRow { record.row }
    var index: UInt64 { record.row.index }

    /// Nil for a leaf that is no record of this release.
    var entry: TimelineEntry? { Self.entry(leaf, at: index) }

    static func entry(_ leaf: [UInt8], at index: UInt64) -> TimelineEntry? {
        do throws(LeafError) { return try TimelineEntry(leaf: leaf, index: index) } catch { return nil }
    }
}
