import CMartletCRC
import Foundation
import Testing

@testable import MartletStorage

@Suite("CRC-32C")
struct ChecksumTests {
    static let table: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283), ([], 0),
    ]

    /// By the processor, when it can, and from tables.
    enum Way: CaseIterable { case chosen, tables }

    private static func checksum(_ bytes: ArraySlice<UInt8>, _ way: Way) -> UInt32 {
        switch way {
        case .chosen: CRC32C.checksum(bytes)
        case .tables: bytes.withUnsafeBytes { CRC32C.checksumFromTables($0) }
        }
    }

    @Test("agrees with the vectors of RFC 3720, appendix B.4", arguments: table, Way.allCases)
    func vectors(vector: ([UInt8], UInt32), way: Way) {
        #expect(Self.checksum(vector.0[...], way) == vector.1)
        #expect(Self.checksum(([7] + vector.0)[1...], way) == vector.1)
    }

    @Test(
        "is the same in one piece and byte by byte, at every length around the lanes", arguments: [0, 1, 5],
        Way.allCases)
    func lanes(offset: Int, way: Way) {
        let bytes = (0..<5_300).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 5) }
        for count in Array(0..<70) + Array(1000..<1060) + Array(4080..<4130) + [5_290] {
            let part = bytes[offset..<offset + count]
            #expect(Self.checksum(part, way) == Self.bytewise(part))
        }
    }

    @Test("is computed by the processor on this machine, when it says it can")
    func builtIn() throws {
        let flags = ["sse4_2", "crc32"]
        let facts = (try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))
        let isNamed = facts.split { " \n\t".contains($0) }.contains { flags.contains(String($0)) }
        #expect(martlet_crc32c_is_available() == isNamed)
    }

    private static func bytewise(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value = ~UInt32(0)
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 {
                let isOdd = value & 1 == 1
                value >>= 1
                if isOdd { value ^= 0x82F6_3B78 }
            }
        }
        return ~value
    }
}
