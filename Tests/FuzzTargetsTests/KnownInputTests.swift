import Foundation
import FuzzTargets
import Testing

/// Replays, without libFuzzer, every input that was ever worth keeping.
@Suite("Known inputs of the fuzzers")
struct KnownInputTests {
    @Test("seeds and former findings break no property", arguments: FuzzTarget.allCases)
    func known(target: FuzzTarget) throws {
        let files = try files("Corpus", target) + files("FailCases", target)
        for file in files {
            let input = Array(try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.path)") { try target.check(input) }
        }
    }

    /// Those whose properties hash, sign or judge much for each input: of their seeds each sixteenth place is looked at.
    private static let slow: Set<FuzzTarget> = [.note, .proof, .witness, .record, .segment]

    @Test("starts and single-byte changes of a seed break no property", arguments: FuzzTarget.allCases)
    func near(target: FuzzTarget) throws {
        for file in try files("Corpus", target) {
            let seed = Array(try Data(contentsOf: file).prefix(400))
            for index in stride(from: 0, to: seed.count, by: Self.slow.contains(target) ? 16 : 1) {
                try target.check(Array(seed[..<index]))
                var changed = seed
                changed[index] ^= 1 << UInt8(index % 8)
                try target.check(changed)
            }
        }
    }

    @Test("every target has seeds", arguments: FuzzTarget.allCases)
    func seeds(target: FuzzTarget) throws {
        #expect(try files("Corpus", target).count >= 5)
    }

    private func files(_ kind: String, _ target: FuzzTarget) throws -> [URL] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../FuzzTesting")
        return try FileManager.default.contentsOfDirectory(
            at: root.appending(path: "\(kind)/\(target.rawValue)"), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }
}
