import Glibc
import MartletStorage
import MartletTesting
import Synchronization

/// A disk in memory. What was not synchronised may be lost, wholly or in sectors, when it loses power.
final class SimulatedDisk: SegmentFiles {
    static let sector = 512

    struct Node {
        var cached: [UInt8] = []
        var durable: [UInt8] = []
        /// Sectors that differ between the two.
        var dirty: Set<Int> = []
        var permissions: UInt32
    }
    struct State {
        var nodes: [Int32: Node] = [:]
        var names: [String: Int32] = [:]
        var durableNames: [String: Int32] = [:]
        var opened: [Int32: Int32] = [:]
        var locks: [Int32: String] = [:]
        var next: Int32 = 1
    }
    private let state: Mutex<State>
    init(_ state: State = State()) { self.state = Mutex(state) }

    /// The disk after power loss: of everything that was not synchronised a random part is there.
    func afterPowerLoss(seed: UInt64) -> SimulatedDisk {
        let dice = SeededRandom(seed: seed)
        func coin() -> Bool { dice.bytes(1)[0] & 1 == 1 }
        return state.withLock { old in
            var new = State(next: old.next)
            for name in Set(old.names.keys).union(old.durableNames.keys).sorted() {
                new.names[name] = coin() ? old.names[name] : old.durableNames[name]
            }
            new.durableNames = new.names
            for (number, node) in old.nodes.sorted(by: { $0.key < $1.key }) {
                var content = node.durable
                if content.count < node.cached.count, coin() {
                    content += [UInt8](repeating: 0, count: node.cached.count - content.count)
                }
                let end = min(content.count, node.cached.count)
                for sector in node.dirty.sorted() where coin() && sector * Self.sector < end {
                    let range = (sector * Self.sector)..<min((sector + 1) * Self.sector, end)
                    content.replaceSubrange(range, with: node.cached[range])
                }
                new.nodes[number] = Node(cached: content, durable: content, permissions: node.permissions)
            }
            return SimulatedDisk(new)
        }
    }

    /// The bytes of a file, for a test to change.
    subscript(path: String) -> [UInt8] {
        get { state.withLock { state in state.names[path].flatMap { state.nodes[$0]?.cached } ?? [] } }
        set {
            state.withLock { state in
                let number = state.names[path] ?? state.next
                if state.names[path] == nil { state.next += 1 }
                state.names[path] = number
                state.durableNames[path] = number
                state.nodes[number] = Node(cached: newValue, durable: newValue, permissions: 0o600)
            }
        }
    }
    var paths: [String] { state.withLock { $0.names.keys.sorted() } }

    func makeDirectory(_ path: String) throws(FileError) {}

    func list(_ directory: String) throws(FileError) -> [String] {
        state.withLock { state in
            state.names.keys.filter { $0.hasPrefix(directory + "/") }.map { $0.dropFirst(directory.count + 1) }
                .filter { !$0.contains("/") }.map(String.init).sorted()
        }
    }

    func create(_ path: String, permissions: UInt32) throws(FileError) -> OpenFile {
        let file = state.withLock { state -> OpenFile? in
            guard state.names[path] == nil else { return nil }
            state.names[path] = state.next
            state.nodes[state.next] = Node(permissions: permissions)
            state.next += 1
            return state.open(path)
        }
        guard let file else { throw FileError(.create, path, errno: EEXIST) }
        return file
    }

    func open(_ path: String, forWriting: Bool) throws(FileError) -> OpenFile {
        guard let file = state.withLock({ $0.open(path) }) else { throw FileError(.open, path, errno: ENOENT) }
        return file
    }

    func lock(_ path: String) throws(FileError) -> OpenFile {
        let file = state.withLock { state -> OpenFile? in
            guard !state.locks.values.contains(path) else { return nil }
            state.next += 1
            state.locks[state.next] = path
            return OpenFile(descriptor: state.next, path: path)
        }
        guard let file else { throw FileError(.lock, path, errno: EWOULDBLOCK) }
        return file
    }

    func facts(_ file: OpenFile) throws(FileError) -> (size: Int, permissions: UInt32) {
        let node = try node(file, .facts)
        return (node.cached.count, node.permissions)
    }

    func read(_ file: OpenFile, at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        Array(try node(file, .read).cached.dropFirst(offset).prefix(count))
    }

    func write(_ bytes: [UInt8], to file: OpenFile, at offset: Int) throws(FileError) {
        try change(file, .write) { node in
            let end = offset + bytes.count
            if node.cached.count < end {
                node.cached += [UInt8](repeating: 0, count: end - node.cached.count)
            }
            node.cached.replaceSubrange(offset..<end, with: bytes)
            node.dirty.formUnion((offset / Self.sector)...(max(offset, end - 1) / Self.sector))
        }
    }

    func synchronizeData(_ file: OpenFile) throws(FileError) {
        try change(file, .synchronize) { node in
            node.durable = node.cached
            node.dirty = []
        }
    }

    func synchronize(_ file: OpenFile) throws(FileError) { try synchronizeData(file) }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        state.withLock { state in
            func isInside(_ name: String) -> Bool {
                name.hasPrefix(path + "/") && !name.dropFirst(path.count + 1).contains("/")
            }
            state.durableNames = state.durableNames.filter { !isInside($0.key) }
                .merging(state.names.filter { isInside($0.key) }) { $1 }
        }
    }

    func rename(_ path: String, to target: String) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard let number = state.names.removeValue(forKey: path) else { return false }
            state.names[target] = number
            return true
        }
        guard isDone else { throw FileError(.rename, path, errno: ENOENT) }
    }

    func remove(_ path: String) throws(FileError) {
        guard state.withLock({ $0.names.removeValue(forKey: path) }) != nil else {
            throw FileError(.remove, path, errno: ENOENT)
        }
    }

    func removeDirectory(_ path: String) throws(FileError) {}

    func close(_ file: OpenFile) {
        state.withLock { state in
            state.locks[file.descriptor] = nil
            state.opened[file.descriptor] = nil
        }
    }

    private func node(_ file: OpenFile, _ operation: FileError.Operation) throws(FileError) -> Node {
        let node = state.withLock { state in state.opened[file.descriptor].flatMap { state.nodes[$0] } }
        guard let node else { throw FileError(operation, file.path, errno: EBADF) }
        return node
    }

    private func change(
        _ file: OpenFile, _ operation: FileError.Operation, _ body: (inout Node) -> Void
    ) throws(FileError) {
        let isDone = state.withLock { state -> Bool in
            guard let number = state.opened[file.descriptor], state.nodes[number] != nil else { return false }
            body(&state.nodes[number, default: Node(permissions: 0)])
            return true
        }
        guard isDone else { throw FileError(operation, file.path, errno: EBADF) }
    }
}

extension SimulatedDisk.State {
    fileprivate mutating func open(_ path: String) -> OpenFile? {
        guard let number = names[path] else { return nil }
        next += 1
        opened[next] = number
        return OpenFile(descriptor: next, path: path)
    }
}
