package import MartletTransparency

/// A log as outsiders have it: its checkpoint, its key and its tiles. Reads nothing else, changes nothing, takes no lock.
package struct PublishedLog: Sendable {
    let layout: LogLayout
    let files: any SegmentFiles

    package init(directory: String, files: any SegmentFiles = PosixFiles()) {
        self.init(layout: LogLayout(directory: directory), files: files)
    }

    /// `keys` is where the secret keys of the log are, for receipts.
    package init(directory: String, keys: String) {
        self.init(layout: LogLayout(directory: directory, keys: keys), files: PosixFiles())
    }

    init(layout: LogLayout, files: any SegmentFiles) {
        self.layout = layout
        self.files = files
    }

    /// The key that lies beside the log.
    package func verifier() throws(SegmentError) -> NoteVerifier {
        guard let text = try text(layout.verifierKey) else { throw .missing(path: layout.verifierKey) }
        guard text.utf8.last == UInt8(ascii: "\n"), let verifier = NoteVerifier(String(text.dropLast())) else {
            throw .malformed(path: layout.verifierKey)
        }
        return verifier
    }

    /// The proofs of each replacement of the key, in order, as they lie there.
    package func rotations() throws(SegmentError) -> [(path: String, text: String)] {
        try RotationFiles(layout: layout, files: files).texts().enumerated().map { (KeyRotation.path($0), $1) }
    }

    /// The checkpoint as it is signed, and what it says.
    package func checkpoint(_ verifier: NoteVerifier) throws(SegmentError) -> (note: String, checkpoint: Checkpoint) {
        guard let note = try text(layout.checkpoint) else { throw .missing(path: layout.checkpoint) }
        do throws(CheckpointError) {
            return (note, try Checkpoint(signed: note, by: verifier))
        } catch {
            switch error {
            case .note(let cause): throw .checkpointRefused(cause)
            case .malformed: throw .malformed(path: layout.checkpoint)
            case .foreign(let origin): throw .foreignLog(origin: origin)
            }
        }
    }

    /// The record at `index` and the proof that the checkpoint covers it; nil when the checkpoint does not reach so far.
    ///
    /// The proof has been verified.
    package func proof(
        of index: UInt64, _ verifier: NoteVerifier
    ) throws(SegmentError) -> (proof: TlogProof, leaf: [UInt8])? {
        try proof(of: index, under: checkpoint(verifier), verifier)
    }

    /// The same under a checkpoint that was read before, so that several records are proven under one.
    package func proof(
        of index: UInt64, under signed: (note: String, checkpoint: Checkpoint), _ verifier: NoteVerifier
    ) throws(SegmentError) -> (proof: TlogProof, leaf: [UInt8])? {
        let (note, checkpoint) = signed
        guard let path = try tree(checkpoint).inclusionPath(of: index) else { return nil }
        let leaf = try leaf(index, size: checkpoint.size)
        let proof = TlogProof(index: index, path: path, note: note)
        do throws(TlogProofError) {
            try proof.verify(leaf: .leaf(leaf), verifier: verifier)
        } catch {
            throw .tilesContradictLog(size: checkpoint.size)
        }
        return (proof, leaf)
    }

    /// The request to a witness that signed the first `old` records last; nil when the checkpoint has fewer.
    ///
    /// The proof in it has been verified as far as it can be here: the witness knows the root at `old`.
    package func witnessRequest(
        old: UInt64, _ verifier: NoteVerifier
    ) throws(SegmentError) -> WitnessRequest? {
        let (note, checkpoint) = try checkpoint(verifier)
        return try witnessRequest(old: old, for: note, checkpoint)
    }

    /// The same for a checkpoint that was read before.
    package func witnessRequest(
        old: UInt64, for note: String, _ checkpoint: Checkpoint
    ) throws(SegmentError) -> WitnessRequest? {
        let tree = tree(checkpoint)
        guard old <= checkpoint.size else { return nil }
        guard try tree.root(of: 0..<checkpoint.size) == checkpoint.root else {
            throw .tilesContradictLog(size: checkpoint.size)
        }
        return WitnessRequest(old: old, path: try tree.consistencyPath(from: old) ?? [], note: note)
    }

    private func tree(_ checkpoint: Checkpoint) -> TileTree<SegmentError> {
        TileTree(size: checkpoint.size) { path throws(SegmentError) in
            guard let hashes = HashTile.decode(try bytes(path, perUnit: 32), width: path.width) else {
                throw .malformed(path: layout.tile(path))
            }
            return hashes
        }
    }

    private func leaf(_ index: UInt64, size: UInt64) throws(SegmentError) -> [UInt8] {
        guard let path = TilePath.tile(.entries, index: index / 256, size: size) else {
            throw .tilesContradictLog(size: size)
        }
        let bundle = try bytes(path, perUnit: EntryBundle.maximumLeafBytes + 2)
        let place = Int(index % 256)
        guard let leaves = EntryBundle.leaves(bundle, limit: place + 1), leaves.count > place else {
            throw .malformed(path: layout.tile(path))
        }
        return leaves[place]
    }

    /// The bytes of a tile; of hashes so many as the tile is wide, also when the full one has taken its place.
    private func bytes(_ path: TilePath, perUnit: Int) throws(SegmentError) -> [UInt8] {
        let tiles = TileFiles(layout: layout, files: files)
        do throws(FileError) {
            let isEntries = path.kind == .entries
            if let bytes = try tiles.read(path, limit: path.width * perUnit + 1) { return bytes }
            let limit = isEntries ? 256 * perUnit + 1 : path.width * perUnit
            if !path.isFull, let bytes = try tiles.read(path.full, limit: limit) { return bytes }
        } catch {
            throw .file(error)
        }
        throw .missing(path: layout.tile(path))
    }

    private func text(_ path: String) throws(SegmentError) -> String? {
        try CheckpointFile(layout: layout, files: files).text(path)
    }
}
