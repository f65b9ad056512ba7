import MartletTransparency

/// An answer counts when it is one whole structure that says yes and holds the imprint and the nonce of the request.
enum TimestampProperties {
    private static let request = TimestampRequest(of: Array("checkpoint".utf8), nonce: Array(1...8))
    private static let other = TimestampRequest(of: Array("checkpoint".utf8), nonce: Array(9...16))
    /// As they stand in a request: after the version, and before the wish for a certificate.
    private static let token = Array(request.bytes.dropFirst(5).dropLast(3))

    static func check(_ input: [UInt8]) throws(Violation) {
        for response in [input, response(input)] {
            let refusal = refusal(request, response)
            try require((refusal == nil) == isGranted(response), "an answer counts, or not, against the standard")
            if case .notGranted(let status) = refusal { try require(status > 1, "refused with a status that grants") }
            guard refusal == nil else { continue }
            for count in [response.count - 1, response.count / 2, 0] {
                let part = Array(response.prefix(count))
                try require(self.refusal(request, part) != nil, "an answer counts that was cut short")
            }
            try require(self.refusal(request, response + [0]) == .malformed, "an answer with something after it counts")
            guard !contains(Array(other.bytes.dropLast(3).suffix(10)), response) else { continue }
            try require(self.refusal(other, response) == .foreign, "an answer counts for another request")
        }
    }

    /// A granted answer with the token and the input in it.
    private static func response(_ input: [UInt8]) -> [UInt8] {
        item(
            [0x30, 0x03, 0x02, 0x01, 0x00] + item(input.prefix(input.count / 2) + token + input.suffix(input.count / 2))
        )
    }

    private static func item(_ content: [UInt8]) -> [UInt8] {
        let length = content.count
        return length < 128
            ? [0x30, UInt8(length)] + content : [0x30, 0x82, UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)] + content
    }

    private static func refusal(_ request: TimestampRequest, _ response: [UInt8]) -> TimestampRequest.Refusal? {
        do throws(TimestampRequest.Refusal) {
            try request.check(response)
            return nil
        } catch {
            return error
        }
    }

    /// The same read literally: a sequence of the status and the token, and nothing else.
    private static func isGranted(_ response: [UInt8]) -> Bool {
        guard let whole = items(response, tags: [0x30], isAll: true)?.first,
            let parts = items(whole, tags: [0x30, 0x30], isAll: true),
            let status = items(parts[0], tags: [0x02], isAll: false)?.first
        else { return false }
        return (status == [0] || status == [1]) && contains(Array(request.bytes.dropFirst(5).prefix(51)), parts[1])
            && contains(Array(request.bytes.dropLast(3).suffix(10)), parts[1])
    }

    /// The contents of the items that `bytes` begin with; nil when they are others, or not all there is.
    private static func items(_ bytes: [UInt8], tags: [UInt8], isAll: Bool) -> [[UInt8]]? {
        var (position, found) = (0, [[UInt8]]())
        for tag in tags {
            guard position + 2 <= bytes.count, bytes[position] == tag else { return nil }
            var (length, start) = (Int(bytes[position + 1]), position + 2)
            if length > 127 {
                let width = length - 128
                guard width >= 1, width <= 4, start + width <= bytes.count else { return nil }
                length = bytes[start..<(start + width)].reduce(0) { $0 * 256 + Int($1) }
                start += width
            }
            guard length <= bytes.count - start else { return nil }
            found.append(Array(bytes[start..<(start + length)]))
            position = start + length
        }
        return isAll && position != bytes.count ? nil : found
    }

    private static func contains(_ part: [UInt8], _ bytes: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { Array(bytes[$0..<($0 + part.count)]) == part }
    }
}
