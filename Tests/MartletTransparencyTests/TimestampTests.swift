import MartletTransparency
import Testing

@Suite("RFC 3161 timestamps")
struct TimestampTests {
    private static let request = TimestampRequest(of: Array("abc".utf8), nonce: [UInt8](repeating: 0xFF, count: 8))
    /// Of the request: imprint and nonce as they stand in its bytes.
    private static let token = Array(request.bytes.dropFirst(5).dropLast(3))

    private func response(_ status: UInt8, _ content: [UInt8]) -> [UInt8] {
        let inner = [0x30, 0x03, 0x02, 0x01, status] + [0x30, UInt8(content.count)] + content
        return [0x30, UInt8(inner.count)] + inner
    }

    private func refusal(_ bytes: [UInt8]) -> TimestampRequest.Refusal? {
        do throws(TimestampRequest.Refusal) {
            try Self.request.check(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("a request is the structure of RFC 3161, with SHA-256 of the bytes")
    func form() {
        let digest: [UInt8] = [
            0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03,
            0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD,
        ]
        let algorithm: [UInt8] = [
            0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
        ]
        let nonce: [UInt8] = [0x02, 0x08, 0x7F] + [UInt8](repeating: 0xFF, count: 7)
        let imprint: [UInt8] = [0x30, 0x31] + algorithm + [0x04, 0x20] + digest
        let content: [UInt8] = [0x02, 0x01, 0x01] + imprint + nonce + [0x01, 0x01, 0xFF]
        #expect(Self.request.bytes == [0x30, UInt8(content.count)] + content)
        #expect(TimestampRequest(of: [], nonce: [UInt8](repeating: 0, count: 8)).bytes.count == content.count + 2)
    }

    @Test("an answer counts when it is granted, and about these bytes and this request")
    func answers() {
        #expect(refusal(response(0, Self.token)) == nil && refusal(response(1, Self.token)) == nil)
        #expect(refusal(response(2, Self.token)) == .notGranted(status: 2))
        #expect(refusal(response(0, Array(Self.token.dropLast()))) == .foreign)
        #expect(refusal(response(0, Array(Self.token.dropFirst()))) == .foreign)
        #expect(refusal(response(0, [])) == .foreign)
    }

    @Test("an answer that is cut short or followed by something is none")
    func malformed() {
        let good = response(0, Self.token)
        for count in good.indices { #expect(refusal(Array(good.prefix(count))) != nil) }
        #expect(refusal(good + [0]) == .malformed)
        #expect(refusal([0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]) == .malformed)
        #expect(refusal([0x30, 0x85, 0, 0, 0, 0, 0]) == .malformed)
        #expect(refusal([0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00]) == .malformed, "granted without a token")
    }

    @Test("a token that is kept counts for the bytes that it is about, whatever request it answered")
    func kept() throws {
        func refusal(_ response: [UInt8], for text: String) -> TimestampRequest.Refusal? {
            do throws(TimestampRequest.Refusal) {
                try TimestampRequest.check(kept: response, for: Array(text.utf8))
                return nil
            } catch {
                return error
            }
        }
        let imprint = Array(Self.token.prefix(51))
        #expect(refusal(response(0, imprint), for: "abc") == nil, "and no nonce is asked for")
        #expect(refusal(response(0, imprint), for: "abd") == .foreign)
        #expect(refusal(response(2, imprint), for: "abc") == .notGranted(status: 2))
        #expect(refusal([], for: "abc") == .malformed)
    }
}
