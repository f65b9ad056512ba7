import MartletStorage

/// What a simulated disk holds: in the page cache, and on the platter.
///
/// A write is in the cache until its file is synchronised; a name, new, changed or gone, until its directory is. On power
/// loss any part of either may have reached the platter, in any order, in sectors of 512 bytes.
struct DiskState {
    static let sector = 512

    struct Inode {
        var cached: [UInt8] = []
        var durable: [UInt8] = []
        /// Sectors that were written and not synchronised.
        var dirty: Set<Int> = []
        /// Sectors that a failed synchronisation marked clean: what the cache shows never reaches the platter.
        var stale: Set<Int> = []
        var permissions: UInt32
    }

    /// A change of names that its directory has not been synchronised after.
    enum Change {
        case link(String, Int32)
        case unlink(String)
        case rename(String, to: String, Int32)
        case makeDirectory(String)
        case removeDirectory(String)

        var directory: String {
            switch self {
            case .link(let path, _), .unlink(let path), .rename(_, let path, _), .makeDirectory(let path),
                .removeDirectory(let path):
                parent(of: path)
            }
        }
    }

    struct Names {
        var files: [String: Int32] = [:]
        var directories: Set<String> = ["."]

        mutating func apply(_ change: Change) {
            switch change {
            case .link(let path, let number): files[path] = number
            case .unlink(let path): files[path] = nil
            case .rename(let path, let target, let number):
                if files[path] == number { files[path] = nil }
                files[target] = number
            case .makeDirectory(let path): directories.insert(path)
            case .removeDirectory(let path): directories.remove(path)
            }
        }

        /// What is in a directory that is not there cannot be there.
        mutating func dropOrphans() {
            while let orphan = directories.first(where: { $0 != "." && !directories.contains(parent(of: $0)) }) {
                directories.remove(orphan)
            }
            files = files.filter { directories.contains(parent(of: $0.key)) }
        }
    }

    var inodes: [Int32: Inode] = [:]
    var names = Names()
    var durable = Names()
    var pending: [Change] = []
    var opened: [Int32: (inode: Int32, forWriting: Bool)] = [:]
    var locks: [Int32: String] = [:]
    var next: Int32 = 1

    mutating func change(_ change: Change) {
        names.apply(change)
        pending.append(change)
    }

    mutating func open(_ path: String, forWriting: Bool) -> OpenFile? {
        guard let number = names.files[path] else { return nil }
        next += 1
        opened[next] = (number, forWriting)
        return OpenFile(descriptor: next, path: path)
    }

    mutating func settle(_ directory: String) {
        for change in pending where change.directory == directory { durable.apply(change) }
        pending.removeAll { $0.directory == directory }
    }
}

/// The directory of a path; of a bare name, the working directory.
func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}

extension DiskState.Inode {
    mutating func write(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if cached.count < end { cached += [UInt8](repeating: 0, count: end - cached.count) }
        cached.replaceSubrange(offset..<end, with: bytes)
        let sectors = (offset / DiskState.sector)...((end - 1) / DiskState.sector)
        dirty.formUnion(sectors)
        stale.subtract(sectors)
    }

    mutating func synchronize() {
        if stale.isEmpty {
            durable = cached
        } else {
            dirty.forEach { store($0) }
            grow(to: cached.count)
        }
        dirty = []
    }

    /// The synchronisation fails: a part of the sectors is on the platter, and of the others Linux believes it.
    mutating func failToSynchronize(_ dice: inout Dice) {
        for sector in dirty.sorted() {
            if dice.coin() { store(sector) } else { stale.insert(sector) }
        }
        dirty = []
    }

    /// The cache forgets pages that it believes to be on the platter.
    mutating func evict(_ dice: inout Dice) {
        for sector in stale.sorted() where dice.coin() {
            let range = range(sector, end: cached.count)
            for place in range { cached[place] = place < durable.count ? durable[place] : 0 }
            stale.remove(sector)
        }
    }

    /// What is there after power loss.
    func afterPowerLoss(_ dice: inout Dice) -> DiskState.Inode {
        var left = self
        if durable.count < cached.count, dice.coin() { left.grow(to: cached.count) }
        // None, half, most or all of the sectors: whole losses and single ones are found by different schedules.
        let survivors = dice.pick([0, 8, 15, 16])
        for sector in dirty.sorted() where dice.below(16) < survivors { left.store(sector) }
        return DiskState.Inode(cached: left.durable, durable: left.durable, permissions: permissions)
    }

    private mutating func store(_ sector: Int) {
        let range = range(sector, end: cached.count)
        grow(to: range.upperBound)
        durable.replaceSubrange(range, with: cached[range])
    }

    private mutating func grow(to count: Int) {
        if durable.count < count { durable += [UInt8](repeating: 0, count: count - durable.count) }
    }

    private func range(_ sector: Int, end: Int) -> Range<Int> {
        (sector * DiskState.sector)..<min((sector + 1) * DiskState.sector, end)
    }
}
