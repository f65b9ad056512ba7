import MartletJSON
import Testing

@Suite("Base64URL (RFC 4648 section 5)")
struct Base64URLTests {
    /// Source: RFC 4648 section 10, without padding; RFC 7515 appendix C.
    @Test(
        "bytes and text translate into each other",
        arguments: [
            ("", []), ("Zg", [0x66]), ("Zm8", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]),
            ("A-z_4ME", [3, 236, 255, 224, 193]), ("_w", [255]), ("__8", [255, 255]), ("-_-_", [251, 255, 191]),
        ] as [(String, [UInt8])])
    func vectors(text: String, bytes: [UInt8]) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text) == bytes)
    }

    @Test(
        "padding, the other alphabet, whitespace, impossible lengths and leftover bits are refused",
        arguments: [
            "Zg==", "Zm8=", "=", "+w", "/w", "Z g", "Zm9v\n", "Z", "Zm9vZ", "Zh", "Zn8X=", "Zm9", "Zg\u{0}", "Zé",
            "Zm\u{FF10}",
        ])
    func refused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test("every length survives the way there and back, and has one text only")
    func roundTrip() {
        var generator = SplitMix64(state: 1)
        for length in 0..<100 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes)
            #expect(Base64URL.decode(text + "A").map(Base64URL.encode) != text)
        }
    }
}
