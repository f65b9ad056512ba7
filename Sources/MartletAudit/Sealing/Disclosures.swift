import MartletCore
import MartletJSON

/// The values that a leaf commits to, in clear, on their way into the sealed payload. Each can be opened without the others.
///
/// A disclosure is the array `[salt, name, value]`; the leaf holds the SHA-256 of its base64url text in `_sd`. The payload is
/// the arrays with a comma behind each, four bytes of length for each, and their number. Source: RFC 9901, sections 4.2.1 and 4.2.3.
struct Disclosures {
    /// The longest value that is kept whole; of a longer one the start and the digest are kept.
    static let maximumValueBytes = 1 << 20

    /// Of each disclosure, as the leaf has it: ordered by what they are, so that the order says nothing about what they are
    /// of. Source: RFC 9901, section 4.2.4.1.
    private(set) var digests: [Digest] = []
    private var writer: JSONWriter
    private var lengths: [Int] = []
    /// The base64url text of the newest one; kept for its room.
    private var text: [UInt8] = []

    /// `room` is about how many bytes are added.
    init(room: Int = 448) {
        writer = JSONWriter(capacity: 64 + min(room, Self.maximumValueBytes + 64))
        digests.reserveCapacity(2)
        lengths.reserveCapacity(2)
    }

    /// Adds one; `write` writes its value.
    mutating func add(_ name: StaticString, salt: [UInt8], _ write: (inout JSONWriter) -> Void) {
        let start = writer.bytes.count + (lengths.isEmpty ? 0 : 1)
        writer.beginArray()
        writer.string(base64URL: salt)
        writer.string("\(name)")
        write(&writer)
        writer.endArray()
        let range = start..<writer.bytes.count
        lengths.append(range.count)
        text.removeAll(keepingCapacity: true)
        text.reserveCapacity((range.count * 4 + 2) / 3)
        Base64URL.append(writer.bytes, in: range, to: &text)
        let digest = Digest(of: text)
        let place = digests.firstIndex { digest.bytes.lexicographicallyPrecedes($0.bytes) } ?? digests.endIndex
        digests.insert(digest, at: place)
    }

    /// What is sealed.
    var payload: [UInt8] {
        var writer = writer
        var trailer: [UInt8] = []
        trailer.reserveCapacity(lengths.count * 4 + 1)
        for length in lengths {
            for shift in [24, 16, 8, 0] { trailer.append(UInt8(truncatingIfNeeded: length >> shift)) }
        }
        trailer.append(UInt8(truncatingIfNeeded: lengths.count))
        writer.raw(trailer)
        return writer.bytes
    }

}

/// One value of an opened payload, as it is handed to somebody who has the leaf.
package struct OpenedDisclosure: Hashable, Sendable {
    package let name: String
    /// The disclosure as SD-JWT has it: base64url of `[salt, name, value]`.
    package let text: String
    /// The value as JSON.
    let value: [UInt8]

    /// Takes a payload apart; nil when it is none, or when it is not exactly what `committed` (the `_sd` of the leaf) says.
    static func all(in payload: [UInt8], committed: [String]) -> [OpenedDisclosure]? {
        guard let count = payload.last.map(Int.init), payload.count > count * 4, count == committed.count else {
            return nil
        }
        var (place, found) = (0, [OpenedDisclosure]())
        var open = Set(committed)
        for number in 0..<count {
            let end = payload.count - 1 - (count - number) * 4
            let length = payload[end..<(end + 4)].reduce(0) { $0 << 8 | Int($1) }
            let limit = payload.count - 1 - count * 4
            guard length < limit - place, let disclosure = one(Array(payload[place..<(place + length)])),
                open.remove(Base64URL.encode(Digest(of: Array(disclosure.text.utf8)).bytes)) != nil
            else { return nil }
            found.append(disclosure)
            place += length + 1
        }
        return place == payload.count - 1 - count * 4 ? found : nil
    }

    private static func one(_ bytes: [UInt8]) -> OpenedDisclosure? {
        do {
            let array = try JSONValue.parse(bytes, limits: .response)
            guard array.kind == .array, array.count == 3, let name = array[1]?.string, let value = array[2] else {
                return nil
            }
            return OpenedDisclosure(name: name, text: Base64URL.encode(bytes), value: value.serialized())
        } catch {
            return nil
        }
    }
}

extension JSONWriter {
    /// Writes `value` whole, or when it is longer than the limit: its start as text, its length and its digest.
    mutating func disclosed(_ value: JSONValue) {
        if value.writtenCount <= Disclosures.maximumValueBytes { return self.value(value) }
        let bytes = value.serialized()
        guard bytes.count > Disclosures.maximumValueBytes else { return raw(bytes) }
        truncated(bytes)
    }

    /// The same for a value that is at hand as JSON text; text that is no JSON is written as a string.
    mutating func disclosed(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Disclosures.maximumValueBytes else { return truncated(bytes) }
        do {
            value(try JSONValue.parse(bytes))
        } catch {
            string(text)
        }
    }

    private mutating func truncated(_ bytes: [UInt8]) {
        beginObject()
        field("truncated", true)
        field("bytes", bytes.count)
        field("digest", Digest(of: bytes))
        field("start", String(decoding: bytes.prefix(Disclosures.maximumValueBytes / 2), as: UTF8.self))
        endObject()
    }
}
