import MartletCore
import MartletJSON

/// The values a leaf commits to, in clear, on their way into the sealed payload.
///
/// The bytes are one JSON object that starts with the salt; the leaf holds the SHA-256 of exactly these bytes.
struct Disclosure {
    /// The longest value that is kept whole; of a longer one the start and the digest are kept.
    static let maximumValueBytes = 1 << 20

    let bytes: [UInt8]

    /// `room` is about how many bytes `write` adds.
    init(salt: [UInt8], room: Int = 448, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: 64 + min(room, Self.maximumValueBytes + 64))
        writer.beginObject()
        writer.key("salt")
        writer.string(base64URL: salt)
        write(&writer)
        writer.endObject()
        bytes = writer.bytes
    }

    var commitment: Digest { Digest(of: bytes) }
}

extension JSONWriter {
    /// Writes `value` whole, or when it is longer than the limit: its start as text, its length and its digest.
    mutating func disclosed(_ key: StaticString, _ value: JSONValue) {
        if value.writtenCount <= Disclosure.maximumValueBytes {
            self.key(key)
            return self.value(value)
        }
        let bytes = value.serialized()
        guard bytes.count > Disclosure.maximumValueBytes else {
            self.key(key)
            raw(bytes)
            return
        }
        truncated(key, bytes)
    }

    /// The same for a value that is at hand as JSON text; text that is no JSON is written as a string.
    mutating func disclosed(_ key: StaticString, text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Disclosure.maximumValueBytes else { return truncated(key, bytes) }
        do {
            let value = try JSONValue.parse(bytes)
            self.key(key)
            self.value(value)
        } catch {
            field(key, text)
        }
    }

    private mutating func truncated(_ key: StaticString, _ bytes: [UInt8]) {
        group(key) { writer in
            writer.field("truncated", true)
            writer.field("bytes", bytes.count)
            writer.field("digest", Digest(of: bytes))
            writer.field("start", String(decoding: bytes.prefix(Disclosure.maximumValueBytes / 2), as: UTF8.self))
        }
    }
}
