import Testing

@testable import MartletStorage

@Suite("CRC-32C")
struct ChecksumTests {
    static let table: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283), ([], 0),
    ]

    @Test("agrees with the vectors of RFC 3720, appendix B.4", arguments: table)
    func vectors(bytes: [UInt8], sum: UInt32) {
        #expect(CRC32C.checksum(bytes) == sum)
        #expect(CRC32C.checksum(([7] + bytes)[1...]) == sum)
    }
}
