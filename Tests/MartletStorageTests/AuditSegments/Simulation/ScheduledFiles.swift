import Glibc
import MartletStorage
import Synchronization

/// A simulated disk as one process of a schedule meets it: with errors, with an end at some file call, and with the other
/// threads' work done between two calls.
final class ScheduledFiles: SegmentFiles {
    /// What happens to the process. Calls are counted from 1.
    struct Fate {
        /// The call during which it is killed; nil when it is not.
        var last: Int?
        var errors: [Int: Int32] = [:]
        var dice: Dice

        /// One life in three is not killed, one in three meets errors.
        init(_ dice: inout Dice) {
            if !dice.isOne(in: 3) { last = 1 + dice.below(dice.pick([60, 150, 500])) }
            if dice.isOne(in: 3) {
                for _ in 0...dice.below(3) { errors[1 + dice.below(300)] = dice.pick([EIO, EIO, ENOSPC]) }
            }
            self.dice = Dice(dice.next())
        }
    }

    private struct State {
        var fate: Fate
        var calls = 0
        var isDead = false
        var wasHurt = false
        var between: (@Sendable (inout Dice) -> Void)?
        var trace: UInt64 = 0
    }

    private enum Verdict {
        case pass
        case fail(errno: Int32, isDone: Bool)
    }

    private let disk: SimulatedDisk
    private let ledger: ScheduleLedger
    private let omitted: OmittedSync?
    private let state: Mutex<State>

    init(_ disk: SimulatedDisk, _ fate: Fate, _ ledger: ScheduleLedger, omitted: OmittedSync?) {
        self.disk = disk
        self.ledger = ledger
        self.omitted = omitted
        state = Mutex(State(fate: fate))
    }

    var isDead: Bool { state.withLock { $0.isDead } }
    /// Whether any call has failed.
    var wasHurt: Bool { state.withLock { $0.wasHurt } }
    /// Differs when other calls were made, or in another order.
    var trace: UInt64 { state.withLock { $0.trace } }
    func setBetween(_ body: (@Sendable (inout Dice) -> Void)?) { state.withLock { $0.between = body } }

    private func verdict(_ operation: FileError.Operation, _ path: String) -> Verdict {
        let between = state.withLock { state in
            state.isDead ? nil : state.between.map { ($0, Dice(state.fate.dice.next())) }
        }
        if let (body, seeded) = between {
            var dice = seeded
            body(&dice)
        }
        return state.withLock { state in
            guard !state.isDead else { return .fail(errno: EIO, isDone: false) }
            state.calls += 1
            for byte in (operation.rawValue + path).utf8 { state.trace = state.trace &* 31 &+ UInt64(byte) }
            state.isDead = state.calls == state.fate.last
            guard let code = state.isDead ? EIO : state.fate.errors[state.calls] else { return .pass }
            state.wasHurt = true
            return .fail(errno: code, isDone: state.fate.dice.coin())
        }
    }

    private func seed() -> UInt64 { state.withLock { $0.fate.dice.next() } }

    private func passing<Value>(
        _ operation: FileError.Operation, _ path: String, _ body: () throws(FileError) -> Value
    ) throws(FileError) -> Value {
        switch verdict(operation, path) {
        case .pass: return try body()
        case .fail(let code, let isDone):
            if isDone { _ = try body() }
            throw FileError(operation, path, errno: code)
        }
    }

    func makeDirectory(_ path: String) throws(FileError) {
        try passing(.makeDirectory, path) { () throws(FileError) in try disk.makeDirectory(path) }
    }
    func list(_ directory: String) throws(FileError) -> [String] {
        try passing(.list, directory) { () throws(FileError) in try disk.list(directory) }
    }
    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        try passing(.create, path) { () throws(FileError) in try disk.create(path, permissions: permissions) }
    }
    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        try passing(.open, path) { () throws(FileError) in try disk.open(path, forWriting: forWriting) }
    }
    func lock(_ path: String) throws(FileError) -> OpenFile {
        try passing(.lock, path) { () throws(FileError) in try disk.lock(path) }
    }
    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        try passing(.facts, file.path) { () throws(FileError) in try disk.facts(file) }
    }
    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        try passing(.read, file.path) { () throws(FileError) in try disk.read(file, at: offset, count: count) }
    }
    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        guard case .fail(let code, _) = verdict(.write, file.path) else {
            return try disk.write(bytes, to: file, at: offset)
        }
        // A part may have been transferred.
        var dice = Dice(seed())
        try disk.write(Array(bytes.prefix(dice.below(bytes.count + 1))), to: file, at: offset)
        throw FileError(.write, file.path, errno: code)
    }
    func synchronizeData(_ file: OpenFile) throws(FileError) { try synchronize(file) }
    func synchronize(_ file: OpenFile) throws(FileError) {
        guard case .fail(let code, _) = verdict(.synchronize, file.path) else {
            return omitted?.isOf(file: file.path) == true ? () : try disk.synchronize(file)
        }
        try disk.failToSynchronize(file, seed: seed())
        throw FileError(.synchronize, file.path, errno: code)
    }
    func synchronizeDirectory(_ path: String) throws(FileError) {
        guard case .fail(let code, _) = verdict(.synchronize, path) else {
            return omitted?.isOf(directory: path) == true ? () : try disk.synchronizeDirectory(path)
        }
        throw FileError(.synchronize, path, errno: code)
    }
    func rename(_ path: String, to target: String) throws(FileError) {
        try passing(.rename, target) { () throws(FileError) in
            try disk.rename(path, to: target)
            if target == ScheduleLedger.checkpoint { ledger.noteCheckpoint(disk[target]) }
        }
    }
    func remove(_ path: String) throws(FileError) {
        try passing(.remove, path) { () throws(FileError) in try disk.remove(path) }
    }
    func removeDirectory(_ path: String) throws(FileError) {
        try passing(.remove, path) { () throws(FileError) in try disk.removeDirectory(path) }
    }
    func close(_ file: OpenFile) { disk.close(file) }
}

/// A call to `fsync` or `fdatasync` that a disk leaves out, to see that its absence is noticed.
enum OmittedSync: String, CaseIterable, CustomStringConvertible, Sendable {
    case batch = "fdatasync of a batch"
    case spare = "fsync of a segment made ahead"
    case rewrittenSegment = "fsync of a segment copied to fresh blocks"
    case checkpoint = "fsync of a checkpoint"
    case key = "fsync of a key"
    case tile = "fsync of a tile"
    case segmentNames = "fsync of the directory of segments"
    case logNames = "fsync of the log's directory"
    case tileNames = "fsync of a directory of tiles"
    case head = "fsync of the head of the log"
    case headNames = "fsync of the directory of the head"

    var description: String { rawValue }
    var isOfHead: Bool { self == .head || self == .headNames }

    func isOf(file path: String) -> Bool {
        switch self {
        case .batch: path.hasSuffix(".seg")
        case .spare: path.contains("/spare-")
        case .rewrittenSegment: path.hasSuffix("/rewrite.tmp")
        case .checkpoint: path.hasSuffix("/checkpoint.tmp")
        case .key: path.hasSuffix("key.tmp")
        case .tile: path.contains("/tile/")
        case .head: path.hasSuffix(".head.tmp")
        case .segmentNames, .logNames, .tileNames, .headNames: false
        }
    }

    func isOf(directory path: String) -> Bool {
        switch self {
        case .segmentNames: path == "log/segments"
        case .logNames: path == "log"
        case .tileNames: path.hasPrefix("log/tile")
        case .headNames: path == "head"
        case .batch, .spare, .rewrittenSegment, .checkpoint, .key, .tile, .head: false
        }
    }
}
