import MartletTransparency
import Testing

@testable import martlet_verify

/// The files of a log in memory.
struct MemoryLog: LogSource {
    var files: [String: [UInt8]] = [:]

    func read(_ path: String, limit: Int) throws(UnreadableFile) -> [UInt8]? {
        files[path].map { Array($0.prefix(limit + 1)) }
    }

    func paths() throws(UnreadableFile) -> [String] { files.keys.sorted() }

    func tiles() throws(UnreadableFile) -> [String] { files.keys.filter { $0.hasPrefix("tile/") }.sorted() }

    static let origin = "martlet/test"
    static func signer(_ byte: UInt8 = 7) throws -> NoteSigner {
        try #require(NoteSigner(name: origin, seed: [UInt8](repeating: byte, count: 32)))
    }

    /// A log of `leaves` that stated each size of `sizes`, the last one last; partial tiles of all of them are there.
    init(_ leaves: [[UInt8]], sizes: [Int] = []) throws {
        for size in sizes.filter({ $0 < leaves.count }) + [leaves.count] {
            try write(Array(leaves.prefix(size)))
        }
    }

    private mutating func write(_ leaves: [[UInt8]]) throws {
        var (edge, bundle) = (TileEdge(), [UInt8]())
        for leaf in leaves {
            #expect(EntryBundle.append(leaf, to: &bundle))
            for tile in edge.append(.leaf(leaf)) {
                put(tile)
                guard tile.path.kind == .hashes(level: 0) else { continue }
                files[tile.path.entries.text] = bundle
                bundle = []
            }
        }
        for tile in edge.partial { put(tile) }
        if let path = TilePath.partialEntries(size: edge.size) { files[path.text] = bundle }
        try sign(size: edge.size, root: edge.root)
    }

    private mutating func put(_ tile: PlacedTile) { files[tile.path.text] = HashTile.encode(tile.hashes) }

    mutating func sign(size: UInt64, root: MerkleHash, by signer: NoteSigner? = nil) throws {
        let checkpoint = Checkpoint(origin: Self.origin, size: size, root: root)
        files["checkpoint"] = Array(try (signer ?? Self.signer()).sign(checkpoint.text).utf8)
    }

    /// nil for a good log.
    func fault(since older: MemoryLog? = nil, records: Bool = true) async throws -> LogFault? {
        var verification = LogVerification(
            source: self, verifier: try #require(NoteVerifier(try Self.signer().verifierKey)))
        verification.expectsRecords = records
        if let older {
            let bytes = try #require(older.files["checkpoint"])
            let checkpoint = try LogVerification<MemoryLog>.checkpoint(bytes, "old", KeyChain(verification.verifier))
            verification.older = ("old", checkpoint)
        }
        do throws(LogFault) {
            _ = try await verification.run()
            return nil
        } catch {
            return error
        }
    }

    /// A record as the gateway writes it, small.
    static func record(_ number: Int) -> [UInt8] {
        let digits = String(repeating: "0", count: 6 - "\(number)".count) + "\(number)"
        let text =
            #"{"v":1,"type":"call.denied","id":"c-\#(number)","t":"2026-11-22T19:00:42.\#(digits)Z","node":"n","env":"e","#
            + #""nonce":"\#(digits.suffix(4))AAAAAAAAAAAAAAAAAA"}"#
        return Array(text.utf8)
    }

    static func records(_ count: Int) -> [[UInt8]] { (0..<count).map(record) }
    static func words(_ count: Int) -> [[UInt8]] { (0..<count).map { Array("w\($0)".utf8) } }
}
