import MartletStorage
import Synchronization

/// Passes file calls on to `base`, and makes the ones a test chooses fail.
final class FaultyFiles: SegmentFiles {
    struct Call: Sendable {
        /// Counted from 1.
        let number: Int
        let operation: FileError.Operation
        let path: String
    }
    /// What a call meets instead of success.
    enum Fault: Sendable {
        /// Nothing is done.
        case before(errno: Int32)
        /// The call is done and reports an error nevertheless.
        case after(errno: Int32)
    }
    typealias Plan = @Sendable (Call) -> Fault?

    private let base: any SegmentFiles
    private let state: Mutex<(calls: [Call], plan: Plan)>

    init(_ base: any SegmentFiles, plan: @escaping Plan = { _ in nil }) {
        self.base = base
        state = Mutex(([], plan))
    }

    func setPlan(_ plan: @escaping Plan) { state.withLock { $0.plan = plan } }
    var calls: [Call] { state.withLock { $0.calls } }

    private func passing<Value>(
        _ operation: FileError.Operation, _ path: String, _ body: () throws(FileError) -> Value
    ) throws(FileError) -> Value {
        let (call, plan) = state.withLock { state in
            let call = Call(number: state.calls.count + 1, operation: operation, path: path)
            state.calls.append(call)
            return (call, state.plan)
        }
        switch plan(call) {
        case nil: return try body()
        case .before(let errno): throw FileError(operation, path, errno: errno)
        case .after(let errno):
            _ = try body()
            throw FileError(operation, path, errno: errno)
        }
    }

    func makeDirectory(_ path: String) throws(FileError) {
        try passing(.makeDirectory, path) { () throws(FileError) in try base.makeDirectory(path) }
    }
    func list(_ directory: String) throws(FileError) -> [String] {
        try passing(.list, directory) { () throws(FileError) in try base.list(directory) }
    }
    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        try passing(.create, path) { () throws(FileError) in try base.create(path, permissions: permissions) }
    }
    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        try passing(.open, path) { () throws(FileError) in try base.open(path, forWriting: forWriting) }
    }
    func lock(_ path: String) throws(FileError) -> OpenFile {
        try passing(.lock, path) { () throws(FileError) in try base.lock(path) }
    }
    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        try passing(.facts, file.path) { () throws(FileError) in try base.facts(file) }
    }
    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        try passing(.read, file.path) { () throws(FileError) in try base.read(file, at: offset, count: count) }
    }
    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        try passing(.write, file.path) { () throws(FileError) in try base.write(bytes, to: file, at: offset) }
    }
    func synchronizeData(_ file: OpenFile) throws(FileError) {
        try passing(.synchronize, file.path) { () throws(FileError) in try base.synchronizeData(file) }
    }
    func synchronize(_ file: OpenFile) throws(FileError) {
        try passing(.synchronize, file.path) { () throws(FileError) in try base.synchronize(file) }
    }
    func synchronizeDirectory(_ path: String) throws(FileError) {
        try passing(.synchronize, path) { () throws(FileError) in try base.synchronizeDirectory(path) }
    }
    func rename(_ path: String, to target: String) throws(FileError) {
        try passing(.rename, target) { () throws(FileError) in try base.rename(path, to: target) }
    }
    func remove(_ path: String) throws(FileError) {
        try passing(.remove, path) { () throws(FileError) in try base.remove(path) }
    }
    func removeDirectory(_ path: String) throws(FileError) {
        try passing(.remove, path) { () throws(FileError) in try base.removeDirectory(path) }
    }
    func close(_ file: OpenFile) { base.close(file) }
}
