import MartletRecords
import MartletTransparency

/// Checks a log that lies as C2SP tlog-tiles has it, from its files alone.
///
/// The signed root decides which side is believed, the tiles of hashes or the records; then everything is compared with
/// that side, in the order of the records, and the first difference is the fault.
struct LogVerification<Source: LogSource> {
    let source: Source
    let verifier: NoteVerifier
    /// A checkpoint of the same log from earlier, and the name of its file.
    var older: (file: String, checkpoint: Checkpoint)?
    /// Each of them must have signed the older checkpoint, or without one the log's own.
    var witnesses: [CosignatureVerifier] = []
    /// Whether every leaf must be a record of the gateway, and the records must make sense together.
    var expectsRecords = true

    /// What the log must continue: the older checkpoint, and what each key before signed last.
    private struct Past {
        let file: String
        let checkpoint: Checkpoint
    }

    /// Bundles are read and hashed ahead, on all cores; what their records say is looked at in order.
    func run() async throws(LogFault) -> LogReport {
        let chain = try KeyChain(verifier, in: source)
        let checkpoint = try signed(chain)
        let past =
            [older.map { Past(file: $0.file, checkpoint: $0.checkpoint) }].compactMap(\.self)
            + chain.rotations.enumerated().map { Past(file: KeyRotation.path($0), checkpoint: $1.checkpoint) }
        let tiles = TileReader(source: source, size: checkpoint.size)
        let side = try believed(tiles, checkpoint, past)
        let files = try StoredTiles(source)
        return try await withTaskGroup(of: BundleReading<Source>.self) { group in
            var walk = Walk(files: files, check: expectsRecords ? LogCheck() : nil)
            do throws(LogFault) {
                try await compare(tiles, side, &walk, &group)
            } catch {
                group.cancelAll()
                return Result<LogReport, LogFault>.failure(error)
            }
            return .success(walk.report(checkpoint, older: older?.checkpoint.size, rotations: chain.rotations))
        }.get()
    }

    /// What is known so far of a log that is read from its first record to its last.
    private struct Walk {
        var files: StoredTiles<Source>
        var edge = TileEdge()
        /// Nil when the leaves need not be records.
        var check: LogCheck?

        init(files: StoredTiles<Source>, check: LogCheck?) {
            self.files = files
            self.check = check
        }

        func report(_ checkpoint: Checkpoint, older: UInt64?, rotations: [KeyRotation]) -> LogReport {
            LogReport(
                checkpoint: checkpoint, older: older, rotations: rotations, compared: files.compared,
                beyond: files.beyond, foreign: files.foreign, findings: check?.findings ?? [],
                omitted: check?.omitted ?? 0, previous: check?.previous, next: check?.next)
        }
    }

    private func compare(
        _ tiles: TileReader<Source>, _ side: Side, _ walk: inout Walk,
        _ group: inout TaskGroup<BundleReading<Source>>
    ) async throws(LogFault) {
        var bundles = BundlesAhead(tiles)
        for index in 0..<tiles.count {
            let bundle = await bundles.bundle(index, &group)
            guard let hashes = try tiles.hashes(side, index) else {
                // It was there a moment ago.
                throw LogFault(file: "tile", index: index << 8, problem: .missing)
            }
            let comparison = Comparison(tiles: tiles, index: index, hashes: hashes)
            try comparison.checkHashes(.hashes(level: 0), &walk.files)
            try comparison.checkRecords(bundle, &walk.files, &walk.check)
            for hash in hashes { try check(walk.edge.append(hash), tiles, &walk.files) }
        }
        try check(walk.edge.partial, tiles, &walk.files)
        try compareStated(tiles, side, &walk.check)
    }

    private func signed(_ chain: KeyChain) throws(LogFault) -> Checkpoint {
        let file = "checkpoint"
        let bytes: [UInt8]?
        do throws(UnreadableFile) { bytes = try source.read(file, limit: 1 << 20) } catch {
            throw LogFault(file: file, problem: .unreadable(error.reason))
        }
        guard let bytes else { throw LogFault(file: file, problem: .missing) }
        let checkpoint = try Self.checkpoint(bytes, file, chain)
        if older == nil { try Self.checkCosignatures(bytes, file, witnesses) }
        return checkpoint
    }

    /// Reads a signed checkpoint; `file` is its name in a fault.
    static func checkpoint(
        _ bytes: [UInt8], _ file: String, _ chain: KeyChain
    ) throws(LogFault) -> Checkpoint {
        // Decoding mends bytes that are no UTF-8; what it had to mend is no checkpoint.
        let note = String(decoding: bytes, as: UTF8.self)
        guard note.utf8.elementsEqual(bytes) else {
            throw LogFault(file: file, problem: .checkpoint(.note(.malformed)))
        }
        do throws(CheckpointError) {
            return try chain.checkpoint(signed: note)
        } catch {
            throw LogFault(file: file, problem: .checkpoint(error))
        }
    }

    static func checkCosignatures(
        _ bytes: [UInt8], _ file: String, _ witnesses: [CosignatureVerifier]
    ) throws(LogFault) {
        do throws(NoteError) {
            for witness in witnesses { _ = try witness.verify(String(decoding: bytes, as: UTF8.self)) }
        } catch {
            throw LogFault(file: file, problem: .cosignature(error))
        }
    }

    /// Compares the tiles above the leaves' own hashes.
    private func check(
        _ tiles: [PlacedTile], _ reader: TileReader<Source>, _ files: inout StoredTiles<Source>
    ) throws(LogFault) {
        for tile in tiles where tile.path.kind != .hashes(level: 0) {
            try Comparison(tiles: reader, index: tile.path.index, hashes: tile.hashes)
                .checkHashes(tile.path.kind, &files)
        }
    }
}

extension LogVerification {
    /// The side that gives the signed root. Also compares with the older checkpoint.
    private func believed(
        _ tiles: TileReader<Source>, _ checkpoint: Checkpoint, _ past: [Past]
    ) throws(LogFault) -> Side {
        for older in past where older.checkpoint.size > checkpoint.size {
            throw LogFault(file: older.file, problem: .rolledBack(olderSize: older.checkpoint.size))
        }
        let sizes = Set(past.map(\.checkpoint.size))
        for side in [Side.hashes, .records] {
            guard let (root, roots) = try root(of: side, tiles, at: sizes), root == checkpoint.root else { continue }
            for older in past where roots[older.checkpoint.size] != older.checkpoint.root {
                throw LogFault(file: older.file, problem: .forked(olderSize: older.checkpoint.size))
            }
            return side
        }
        throw try disagreement(tiles)
    }

    /// The root, and those at some smaller sizes; nil when a file is missing or out of form.
    private func root(
        of side: Side, _ tiles: TileReader<Source>, at sizes: Set<UInt64>
    ) throws(LogFault) -> (root: MerkleHash, past: [UInt64: MerkleHash])? {
        var frontier = MerkleFrontier()
        var past: [UInt64: MerkleHash] = sizes.contains(0) ? [0: frontier.root] : [:]
        for index in 0..<tiles.count {
            guard let hashes = try tiles.hashes(side, index) else { return nil }
            for hash in hashes {
                frontier.append(hash)
                if sizes.contains(frontier.size) { past[frontier.size] = frontier.root }
            }
        }
        return (frontier.root, past)
    }

    /// Compares what heartbeats say of the tree with the tree.
    private func compareStated(
        _ tiles: TileReader<Source>, _ side: Side, _ check: inout LogCheck?
    ) throws(LogFault) {
        let stated = check?.statedTrees ?? []
        guard !stated.isEmpty, let roots = try root(of: side, tiles, at: Set(stated.map(\.size)))?.past else { return }
        for tree in stated {
            guard roots[tree.size].map({ $0.stated }) != tree.root else { continue }
            check?.find(.heartbeatInPlace, tree.index, "it states another root of the first \(tree.size) records")
        }
    }

    /// Neither side gives the signed root: the first thing that is wrong whatever else is.
    private func disagreement(_ tiles: TileReader<Source>) throws(LogFault) -> LogFault {
        for index in 0..<tiles.count {
            let (hashFile, recordFile) = (try tiles.file(.hashes(level: 0), index), try tiles.file(.entries, index))
            let hashes = try tiles.hashes(.hashes, index)
            let records = try tiles.hashes(.records, index)
            guard let hashes else {
                return LogFault(file: hashFile.path.text, index: index << 8, problem: .hashMissing)
            }
            guard let records else {
                return LogFault(file: recordFile.path.text, index: index << 8, problem: .recordMissing)
            }
            guard let place = zip(hashes, records).enumerated().first(where: { $0.element.0 != $0.element.1 }) else {
                continue
            }
            return LogFault(
                file: recordFile.path.text, index: index << 8 + UInt64(place.offset), problem: .recordAndHashDisagree)
        }
        return LogFault(file: "checkpoint", problem: .rewritten)
    }
}

extension MerkleHash {
    /// As records state a root.
    fileprivate var stated: String {
        "sha256:" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
