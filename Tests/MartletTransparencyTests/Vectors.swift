import Foundation
import MartletTransparency

/// Test vectors of others, beside the checkout; absent on most machines, and then the tests that use them say so.
enum Vectors {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data/tlog")
    static let arePresent = FileManager.default.fileExists(atPath: folder.path)

    static func files(_ name: String) -> [URL] {
        let found = FileManager.default.enumerator(at: folder.appending(path: name), includingPropertiesForKeys: nil)
        let files = (found?.allObjects ?? []).compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        return files.sorted { $0.path < $1.path }
    }

    static func load<Value: Decodable>(_ url: URL) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
    }
}

struct InclusionVector: Decodable {
    let leafIdx: UInt64
    let treeSize: UInt64
    let root: Data
    let leafHash: Data
    let proof: [Data]?
    let wantErr: Bool

    /// A hash that has not 32 bytes is refused at the edge.
    var isAccepted: Bool {
        let path = (proof ?? []).compactMap { MerkleHash(bytes: $0) }
        guard path.count == proof?.count ?? 0, let root = MerkleHash(bytes: root),
            let leaf = MerkleHash(bytes: leafHash)
        else { return false }
        return InclusionProof.verify(leaf: leaf, index: leafIdx, size: treeSize, path: path, root: root)
    }
}

struct ConsistencyVector: Decodable {
    let size1: UInt64
    let size2: UInt64
    let root1: Data
    let root2: Data
    let proof: [Data]?
    let wantErr: Bool

    /// One vector accepts equal roots of 12 bytes: a root of another length is replaced by a hash of it, which keeps
    /// equal what was equal.
    var isAccepted: Bool {
        let path = (proof ?? []).compactMap { MerkleHash(bytes: $0) }
        guard path.count == proof?.count ?? 0 else { return false }
        return ConsistencyProof.verify(
            first: size1, firstRoot: MerkleHash(bytes: root1) ?? .leaf(Array(root1)), second: size2,
            secondRoot: MerkleHash(bytes: root2) ?? .leaf(Array(root2)), path: path)
    }
}

struct RootVectors: Decodable {
    let leaves_hex: [String]
    let roots_hex: [String]
}

struct NoteVector: Decodable {
    let vkey: String
    let text: String
    let signed: String
}

/// The bytes of a hexadecimal text.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
