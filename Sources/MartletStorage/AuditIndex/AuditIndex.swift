import FoundationEssentials
internal import GRDB
import MartletAudit
import MartletTransparency

/// What the log says, in a database that can be searched. It can be deleted at any time: it is built again from the log.
///
/// WAL with `synchronous=NORMAL`: a power cut may lose its last rows, and the next `catchUp` writes them again. Several
/// processes may bring one file up to date at once; the one that comes second finds the rows and goes on behind them.
/// Source: ADR-0021; sqlite.org, PRAGMA synchronous.
package struct AuditIndex: Sendable {
    private let queue: DatabaseQueue
    private let path: String?
    private let file: Int?
    private var follower: SegmentFollower
    let entries: PlacedEntries
    /// Where the follower stands, once it does.
    private var position: Progress?
    private var intents = OpenRows()

    /// How far the index is: the leaves it holds, and the root of the tree over them.
    private struct Progress: Hashable {
        let next: UInt64
        let root: MerkleHash
    }

    /// Opens the index at `path`, and makes it anew when it is missing, damaged or of another version.
    ///
    /// `log` is the directory of the audit log. Without a path the index is kept in memory, for who may not write.
    package static func open(path: String?, log: String) throws(IndexError) -> AuditIndex {
        do throws(IndexError) {
            return try AuditIndex(path: path, log: log)
        } catch {
            guard let path, error.asksForRebuild else { throw error }
            return try rebuilt(path: path, log: log)
        }
    }

    /// Throws the file away and opens a new, empty one.
    package static func rebuilt(path: String, log: String) throws(IndexError) -> AuditIndex {
        do {
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.removeItem(atPath: path + suffix)
            }
        } catch {
            throw .database(.readOnly)
        }
        return try AuditIndex(path: path, log: log)
    }

    private init(path: String?, log: String) throws(IndexError) {
        self.path = path
        follower = SegmentFollower(directory: log)
        entries = PlacedEntries(directory: log)
        do {
            if let path { try StateFile.prepare(path) }
            file = path.flatMap(Self.number)
            let configuration = Self.configuration(isFile: path != nil)
            queue =
                try path.map { try DatabaseQueue(path: $0, configuration: configuration) }
                ?? DatabaseQueue(configuration: configuration)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                try Self.prepare(database)
            }
            // A process that ended may not have come to it.
            try wipe()
        } catch {
            throw IndexError(error)
        }
    }

    /// Whether the file was replaced since it was opened: whoever found it damaged makes a new one.
    package var isReplaced: Bool { path.map { Self.number($0) != file } ?? false }

    package func close() {
        var follower = follower
        follower.close()
        do { try queue.close() } catch { return }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.read(body) }
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.write(body) }
    func writeWithoutTransaction<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try queue.writeWithoutTransaction(body)
    }

    /// Runs a statement; for tests that damage an index.
    func execute(_ sql: String) throws { try queue.write { try $0.execute(sql: sql) } }

    private static func number(_ path: String) -> Int? {
        do {
            return try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        } catch {
            return nil
        }
    }

    private static func configuration(isFile: Bool) -> Configuration {
        var configuration = Configuration()
        if isFile { configuration.journalMode = .wal }
        configuration.busyMode = .timeout(10)
        configuration.label = "martlet.index"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON")
        }
        return configuration
    }

    private static func prepare(_ database: Database) throws {
        try database.inTransaction(.immediate) {
            let application = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            if application == 0, tables == 0 {
                try IndexSchema.create(database)
                return .commit
            }
            guard application == IndexSchema.applicationID else { throw StateError.foreignFile }
            guard try Int32.fetchOne(database, sql: "PRAGMA user_version") == IndexSchema.version else {
                throw StateError.corrupted("version")
            }
            return .commit
        }
    }
}

// MARK: Following the log

extension AuditIndex {
    /// Takes over every whole batch that the log has more, and returns how many leaves the index holds then.
    ///
    /// When the log is not the continuation of what the index holds, the index is emptied and begins again.
    @discardableResult
    package mutating func catchUp() throws(IndexError) -> UInt64 {
        while true {
            let (leaves, size) = try takeGroup(2048)
            if leaves.isEmpty { return size }
        }
    }

    /// Takes over about so many leaves that the log has more, whole batches, in one transaction; gives them, and how many
    /// leaves the index holds then. No leaves: the log has no more.
    mutating func takeGroup(_ count: Int) throws(IndexError) -> (leaves: [ReadLeaf], size: UInt64) {
        do {
            let stored = try place()
            let leaves = try nextGroup(count)
            guard !leaves.isEmpty else { return ([], stored.next) }
            let reached = Progress(next: follower.frontier.size, root: follower.frontier.root)
            var intents = intents
            let isOurs = try queue.write { database in
                // Another process may have been here meanwhile.
                guard try Self.progress(database) == stored else { return false }
                try Self.insert(leaves, &intents, database)
                try Self.note(reached, database)
                return true
            }
            self.intents = isOurs ? intents : OpenRows()
            position = isOurs ? reached : nil
            try wipe()
            return (leaves, isOurs ? reached.next : stored.next)
        } catch {
            position = nil
            intents = OpenRows()
            throw IndexError(error)
        }
    }

    /// Leaves that the index holds.
    package func size() throws(IndexError) -> UInt64 {
        do { return try queue.read(Self.size) } catch { throw IndexError(error) }
    }

    static func size(_ database: Database) throws -> UInt64 { try progress(database).next }

    /// What stands in the log where the next batch should; nil when nothing does.
    package var obstacle: SegmentFault? { follower.obstacle }

    /// Goes to where the database stands, which is empty afterwards when the log is not its continuation.
    private mutating func place() throws -> Progress {
        let stored = try queue.read(Self.progress)
        guard position != stored else { return stored }
        guard try !follower.start(after: stored.next, root: stored.root) else {
            position = stored
            return stored
        }
        try queue.write(IndexSchema.reset)
        _ = try follower.start(after: 0, root: .empty)
        position = Progress(next: 0, root: .empty)
        return try place()
    }

    /// Whole batches, about as many as fit a group.
    private mutating func nextGroup(_ count: Int) throws(SegmentFault) -> [ReadLeaf] {
        var (group, bytes) = ([ReadLeaf](), 0)
        while group.count < count, bytes < 4 << 20, let batch = try follower.next() {
            for leaf in batch {
                bytes += leaf.leaf.count
                group.append(ReadLeaf(leaf))
            }
        }
        return group
    }

    private static func progress(_ database: Database) throws -> Progress {
        guard let row = try Row.fetchOne(database, sql: "SELECT next, root FROM progress"),
            let next = UInt64(exactly: try row.decode(Int64.self, forColumn: "next")),
            let root = MerkleHash(bytes: try row.decode(Data.self, forColumn: "root"))
        else { throw StateError.corrupted("progress") }
        return Progress(next: next, root: root)
    }

    private static func note(_ progress: Progress, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE progress SET next = ?, root = ?",
            arguments: [try IndexedRecord.stored(progress.next), Data(progress.root.bytes)])
    }

    private static func insert(
        _ leaves: [ReadLeaf], _ intents: inout OpenRows, _ database: Database
    ) throws {
        let columns = IndexedRecord.columns.joined(separator: ", ")
        let marks = IndexedRecord.columns.map { _ in "?" }.joined(separator: ", ")
        let statement = try database.cachedStatement(sql: "INSERT INTO records (\(columns)) VALUES (\(marks))")
        for leaf in leaves {
            let placed = leaf.placed
            var row = IndexRow(leaf: placed.leaf, read: leaf.document, index: leaf.index, hash: placed.hash)
            if let intent = row.intent, let opening = try intents.take(intent) ?? stored(intent, database) {
                row = row.closing(opening)
            }
            intents.keep(row)
            try statement.execute(arguments: try IndexedRecord(row: row, place: placed.place).values())
            if row[.type] == RecordType.erasureExecuted.rawValue { try erase(leaf, database) }
        }
    }

    /// What an erasure reaches: here, so that it is gone with the record that says so, whoever takes that over.
    private static func erase(_ leaf: ReadLeaf, _ database: Database) throws {
        let entry = try TimelineEntry(leaf: leaf.placed.leaf, read: leaf.document, index: leaf.index)
        try ArgumentTables.erase(Erasures.keys(destroyedBy: entry), database)
    }

    private static func stored(_ index: UInt64, _ database: Database) throws -> IndexRow? {
        let select = try database.cachedStatement(sql: "SELECT * FROM records WHERE idx = ?")
        return try Row.fetchOne(select, arguments: [try IndexedRecord.stored(index)]).map { try IndexedRecord($0).row }
    }
}

/// The newest intents that nothing has closed yet, so that most need not be read from the database again.
struct OpenRows {
    private static let limit = 8192
    private var rows: [UInt64: IndexRow] = [:]

    mutating func keep(_ row: IndexRow) {
        guard row.intent == nil, row[.type] == RecordType.callIntent.rawValue else { return }
        // What is forgotten is still in the database.
        if rows.count >= Self.limit { rows = [:] }
        rows[row.index] = row
    }

    /// Gives the row once: an intent that is closed again is in the database.
    mutating func take(_ index: UInt64) -> IndexRow? { rows.removeValue(forKey: index) }
}
