import MartletRecords
import MartletTransparency

/// Compares the files of one place with the hashes that are believed there.
struct Comparison<Source: LogSource> {
    let tiles: TileReader<Source>
    let index: UInt64
    let hashes: [MerkleHash]

    /// The tile of hashes, and the narrower ones that earlier checkpoints left behind.
    func checkHashes(
        _ kind: TilePath.Kind, _ stored: inout StoredTiles<Source>
    ) throws(LogFault) {
        let file = try tiles.file(kind, index)
        try compare(file.bytes, file.path, width: hashes.count, mayGoOn: file.mayGoOn)
        stored.compared += 1
        for path in stored.narrower(than: file, at: hashes.count) {
            guard let bytes = try tiles.bytes(path) else { continue }
            try compare(bytes, path, width: path.width, mayGoOn: false)
            stored.compared += 1
        }
    }

    private func compare(_ bytes: [UInt8], _ path: TilePath, width: Int, mayGoOn: Bool) throws(LogFault) {
        for place in 0..<width {
            let start = 32 * place
            guard start + 32 <= bytes.count else { throw fault(path, place, .hashMissing) }
            guard bytes[start..<(start + 32)].elementsEqual(hashes[place].bytes) else {
                throw fault(path, place, .hashDiffers)
            }
        }
        guard mayGoOn || bytes.count == 32 * width else { throw fault(path, width, .bytesAfterEnd) }
    }

    /// The bundle of records, and the narrower ones that earlier checkpoints left behind.
    /// `check` looks at what each record says; nil when the leaves need not be records.
    func checkRecords(
        _ bundle: BundleReading<Source>, _ stored: inout StoredTiles<Source>, _ check: inout LogCheck?
    ) throws(LogFault) {
        let file = try bundle.file.get()
        try compare(bundle, file, &check)
        stored.compared += 1
        for path in stored.narrower(than: file, at: hashes.count) {
            guard let bytes = try tiles.bytes(path) else { continue }
            let ends = bundle.records.map(\.place.upperBound)
            let wanted = file.bytes[..<ends[path.width - 1]]
            if !bytes.elementsEqual(wanted) { throw difference(bytes, wanted, path, ends) }
            stored.compared += 1
        }
    }

    private func compare(
        _ bundle: BundleReading<Source>, _ file: TileReader<Source>.File, _ check: inout LogCheck?
    ) throws(LogFault) {
        for place in hashes.indices {
            guard place < bundle.records.count else { throw fault(file.path, place, .recordMissing) }
            let record = bundle.records[place]
            guard record.hash == hashes[place] else { throw fault(file.path, place, .recordDiffers) }
            do throws(RecordProblem) {
                guard check != nil else { continue }
                let number = index << 8 + UInt64(place)
                check?.take(try RecordShape.read(Array(file.bytes[record.place]), at: number), at: number)
            } catch {
                throw fault(file.path, place, .record(error))
            }
        }
        let end = hashes.isEmpty ? 0 : bundle.records[hashes.count - 1].place.upperBound
        guard file.mayGoOn || end == file.bytes.count else { throw fault(file.path, hashes.count, .bytesAfterEnd) }
    }

    /// What is wrong with a narrower bundle, which must be the beginning of the one that was checked.
    private func difference(
        _ bytes: [UInt8], _ wanted: ArraySlice<UInt8>, _ path: TilePath, _ ends: [Int]
    ) -> LogFault {
        let common = zip(bytes, wanted).prefix { $0 == $1 }.count
        guard common < wanted.count else { return fault(path, path.width, .bytesAfterEnd) }
        let place = ends.firstIndex { common < $0 } ?? 0
        return fault(path, place, common == bytes.count ? .recordMissing : .recordDiffers)
    }

    private func fault(_ path: TilePath, _ place: Int, _ problem: LogFault.Problem) -> LogFault {
        var index = path.index << 8 + UInt64(place)
        if case .hashes(let level) = path.kind { index <<= 8 * UInt64(level) }
        return LogFault(file: path.text, index: index, problem: problem)
    }
}

/// The tiles that lie there, also those that no checkpoint needs any more.
struct StoredTiles<Source: LogSource> {
    /// By the full tile they come before.
    private let partial: [TilePath: [TilePath]]
    private let known: Int
    /// Files that are no tiles.
    let foreign: Int
    /// Tiles that are what the checkpoint says.
    var compared = 0

    init(_ source: Source) throws(LogFault) {
        var (partial, known, foreign) = ([TilePath: [TilePath]](), 0, 0)
        let names: [String]
        do throws(UnreadableFile) { names = try source.tiles() } catch {
            throw LogFault(file: error.path, problem: .unreadable(error.reason))
        }
        for name in names {
            guard let path = TilePath(name) else {
                foreign += 1
                continue
            }
            known += 1
            if !path.isFull { partial[path.full, default: []].append(path) }
        }
        (self.partial, self.known, self.foreign) = (partial, known, foreign)
    }

    /// Tiles that lie there and that the checkpoint does not cover: the log has gone on.
    var beyond: Int { max(0, known - compared) }

    /// The partial tiles at the place of `file` that are covered by its first `width` units, but for itself.
    func narrower(than file: TileReader<Source>.File, at width: Int) -> [TilePath] {
        (partial[file.path.full] ?? []).filter { $0 != file.path && $0.width <= width }
            .sorted { $0.width < $1.width }
    }
}
