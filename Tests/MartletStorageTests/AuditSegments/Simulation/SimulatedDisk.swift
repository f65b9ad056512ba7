import Glibc
import MartletStorage
import Synchronization

/// A disk in memory with a page cache that loses power, forgets and fails; see `DiskState`.
final class SimulatedDisk: SegmentFiles {
    private let state: Mutex<DiskState>
    init(_ state: DiskState = DiskState()) { self.state = Mutex(state) }

    /// The disk after power loss: of everything that was not synchronised a random part is there.
    func afterPowerLoss(seed: UInt64) -> SimulatedDisk {
        var dice = Dice(seed)
        return state.withLock { old in
            var new = DiskState(durable: old.durable, next: old.next)
            // A file system with one journal loses the newest changes of names; one without loses any.
            let kept = dice.coin() ? dice.below(old.pending.count + 1) : nil
            for (place, change) in old.pending.enumerated() where kept.map({ place < $0 }) ?? dice.coin() {
                new.durable.apply(change)
            }
            new.durable.dropOrphans()
            new.names = new.durable
            for number in Set(new.names.files.values).sorted() {
                new.inodes[number] = old.inodes[number]?.afterPowerLoss(&dice)
            }
            return SimulatedDisk(new)
        }
    }

    /// The process that used the disk is gone; the page cache stays, but for what it happens to forget.
    func afterProcess(seed: UInt64) {
        var dice = Dice(seed)
        state.withLock { state in
            state.opened = [:]
            state.locks = [:]
            for number in state.inodes.keys.sorted() { state.inodes[number]?.evict(&dice) }
        }
    }

    /// A synchronisation that fails, as on Linux: it is not said which pages were written, and none is written later.
    func failToSynchronize(_ file: OpenFile, seed: UInt64) throws(FileError) {
        var dice = Dice(seed)
        try change(file, .synchronize) { $0.failToSynchronize(&dice) }
    }

    /// The bytes of a file, for a test to change.
    subscript(path: String) -> [UInt8] {
        get { state.withLock { state in state.names.files[path].flatMap { state.inodes[$0]?.cached } ?? [] } }
        set { state.withLock { $0.put(newValue, at: path) } }
    }
    var paths: [String] { state.withLock { $0.names.files.keys.sorted() } }

    func makeDirectory(_ path: String) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard state.names.directories.contains(parent(of: path)) else { return false }
            if !state.names.directories.contains(path) { state.change(.makeDirectory(path)) }
            return true
        }
        guard isDone else { throw FileError(.makeDirectory, path, errno: ENOENT) }
    }

    func list(_ directory: String) throws(FileError) -> [String] {
        let names = state.withLock { state -> [String]? in
            guard state.names.directories.contains(directory) else { return nil }
            let start = directory == "." ? 0 : directory.utf8.count + 1
            return (Array(state.names.files.keys) + state.names.directories)
                .filter { $0 != "." && parent(of: $0) == directory }.map { String($0.dropFirst(start)) }
        }
        guard let names else { throw FileError(.list, directory, errno: ENOENT) }
        return names.sorted()
    }

    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        let (file, code) = state.withLock { state -> (OpenFile?, Int32) in
            guard state.names.files[path] == nil, !state.names.directories.contains(path) else { return (nil, EEXIST) }
            guard state.names.directories.contains(parent(of: path)) else { return (nil, ENOENT) }
            state.next += 1
            state.inodes[state.next] = DiskState.Inode(permissions: permissions)
            state.change(.link(path, state.next))
            return (state.open(path, forWriting: true), 0)
        }
        guard let file else { throw FileError(.create, path, errno: code) }
        return file
    }

    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        let file = state.withLock { $0.open(path, forWriting: forWriting) }
        guard let file else { throw FileError(.open, path, errno: ENOENT) }
        return file
    }

    func lock(_ path: String) throws(FileError) -> OpenFile {
        let (file, code) = state.withLock { state -> (OpenFile?, Int32) in
            guard state.names.directories.contains(parent(of: path)) else { return (nil, ENOENT) }
            guard !state.locks.values.contains(path) else { return (nil, EWOULDBLOCK) }
            if state.names.files[path] == nil {
                state.next += 1
                state.inodes[state.next] = DiskState.Inode(permissions: 0o600)
                state.change(.link(path, state.next))
            }
            let file = state.open(path, forWriting: true)
            if let file { state.locks[file.descriptor] = path }
            return (file, 0)
        }
        guard let file else { throw FileError(.lock, path, errno: code) }
        return file
    }

    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        let inode = try inode(file, .facts)
        return (inode.cached.count, inode.permissions)
    }

    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        Array(try inode(file, .read).cached.dropFirst(offset).prefix(count))
    }

    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        guard state.withLock({ $0.opened[file.descriptor]?.forWriting == true }) else {
            throw FileError(.write, file.path, errno: EBADF)
        }
        try change(file, .write) { $0.write(bytes, at: offset) }
    }

    func synchronizeData(_ file: OpenFile) throws(FileError) { try change(file, .synchronize) { $0.synchronize() } }

    func synchronize(_ file: OpenFile) throws(FileError) { try synchronizeData(file) }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        let isThere = state.withLock { state in
            state.settle(path)
            return state.names.directories.contains(path)
        }
        guard isThere else { throw FileError(.open, path, errno: ENOENT) }
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard let number = state.names.files[path], state.names.directories.contains(parent(of: target)) else {
                return false
            }
            state.change(.rename(path, to: target, number))
            return true
        }
        guard isDone else { throw FileError(.rename, path, errno: ENOENT) }
    }

    func remove(_ path: String) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard state.names.files[path] != nil else { return false }
            state.change(.unlink(path))
            return true
        }
        guard isDone else { throw FileError(.remove, path, errno: ENOENT) }
    }

    func removeDirectory(_ path: String) throws(FileError) {
        let code = state.withLock { state -> Int32 in
            guard state.names.directories.contains(path) else { return ENOENT }
            let isEmpty =
                !state.names.files.keys.contains { parent(of: $0) == path }
                && !state.names.directories.contains { $0 != "." && parent(of: $0) == path }
            guard isEmpty else { return ENOTEMPTY }
            state.change(.removeDirectory(path))
            return 0
        }
        guard code == 0 else { throw FileError(.remove, path, errno: code) }
    }

    func close(_ file: OpenFile) {
        state.withLock { state in
            state.locks[file.descriptor] = nil
            state.opened[file.descriptor] = nil
        }
    }

    private func inode(_ file: OpenFile, _ operation: FileError.Operation) throws(FileError) -> DiskState.Inode {
        let inode = state.withLock { state in state.opened[file.descriptor].flatMap { state.inodes[$0.inode] } }
        guard let inode else { throw FileError(operation, file.path, errno: EBADF) }
        return inode
    }

    private func change(
        _ file: OpenFile, _ operation: FileError.Operation, _ body: (inout DiskState.Inode) -> Void
    ) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard let number = state.opened[file.descriptor]?.inode, state.inodes[number] != nil else { return false }
            body(&state.inodes[number, default: DiskState.Inode(permissions: 0)])
            return true
        }
        guard isDone else { throw FileError(operation, file.path, errno: EBADF) }
    }
}

extension DiskState {
    /// Puts a file there, durable, with the directories above it.
    fileprivate mutating func put(_ bytes: [UInt8], at path: String) {
        var above = parent(of: path)
        while !names.directories.contains(above) {
            names.directories.insert(above)
            durable.directories.insert(above)
            above = parent(of: above)
        }
        next += 1
        let number = names.files[path] ?? next
        let permissions = inodes[number]?.permissions ?? 0o600
        inodes[number] = Inode(cached: bytes, durable: bytes, permissions: permissions)
        names.files[path] = number
        durable.files[path] = number
    }
}
