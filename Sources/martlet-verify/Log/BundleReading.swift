import MartletTransparency

/// One bundle of records, read and hashed: what can be done without the records before it.
///
/// They are not parsed here: memory that one core allocates and another frees makes both wait, and costs more than it saves.
struct BundleReading<Source: LogSource>: Sendable {
    /// A record as it stands in the bundle.
    struct Record: Sendable {
        let hash: MerkleHash
        /// Its bytes in the file.
        let place: Range<Int>
    }

    let index: UInt64
    let file: Result<TileReader<Source>.File, LogFault>
    /// Up to the width that is looked at, or to the first that is cut short.
    private(set) var records: [Record] = []

    init(_ tiles: TileReader<Source>, _ index: UInt64) {
        self.index = index
        do throws(LogFault) {
            let file = try tiles.file(.entries, index)
            self.file = .success(file)
            records.reserveCapacity(file.width)
            while records.count < file.width,
                let place = EntryBundle.leaf(file.bytes, at: records.last?.place.upperBound ?? 0)
            {
                records.append(Record(hash: .leaf(file.bytes[place]), place: place))
            }
        } catch {
            file = .failure(error)
        }
    }
}

/// Reads bundles on all cores, a few ahead of whoever compares them, and gives them in order.
///
/// What is found, and which fault is the first, does not depend on it: whatever depends on other records is looked at in
/// order, by one task.
struct BundlesAhead<Source: LogSource> {
    /// Bundles in hand: the most that memory holds of a log whose records are of the largest size is 64 MiB.
    private static var limit: UInt64 { 4 }

    let tiles: TileReader<Source>
    private var begun: UInt64 = 0
    private var ready: [UInt64: BundleReading<Source>] = [:]

    init(_ tiles: TileReader<Source>) { self.tiles = tiles }

    /// The bundle at `index`, which is one more than that of the call before.
    mutating func bundle(
        _ index: UInt64, _ group: inout TaskGroup<BundleReading<Source>>
    ) async -> BundleReading<Source> {
        while begun < min(tiles.count, index + Self.limit) {
            let (tiles, next) = (tiles, begun)
            group.addTask { BundleReading(tiles, next) }
            begun += 1
        }
        while ready[index] == nil, let reading = await group.next() { ready[reading.index] = reading }
        return ready.removeValue(forKey: index) ?? BundleReading(tiles, index)
    }
}
