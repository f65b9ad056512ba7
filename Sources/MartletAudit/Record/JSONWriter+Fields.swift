import MartletCore
import MartletJSON

/// Members as records write them. Optional values that are absent leave no member behind.
extension JSONWriter {
    mutating func field(_ key: StaticString, _ text: String) {
        self.key(key)
        string(text)
    }

    /// Text that a caller or an upstream chose: bounded.
    mutating func field(_ key: StaticString, bounded text: String?, to limit: Int = 256) {
        if let text { field(key, text.bounded(to: limit)) }
    }

    mutating func field(_ key: StaticString, _ value: some BinaryInteger) {
        self.key(key)
        number(Int64(clamping: value))
    }

    mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    mutating func field(_ key: StaticString, _ digest: Digest?) {
        guard let digest else { return }
        self.key(key)
        string("sha256:", hex: digest.bytes)
    }

    mutating func field(_ key: StaticString, _ time: UnixTime?) {
        if let time { field(key, time.rfc3339) }
    }

    /// An object member; written even when `write` adds nothing.
    mutating func group(_ key: StaticString, _ write: (inout JSONWriter) -> Void) {
        self.key(key)
        beginObject()
        write(&self)
        endObject()
    }

    /// At most 16 names, each bounded, and the count of the rest.
    mutating func field(_ key: StaticString, names: [String], rest: StaticString) {
        self.key(key)
        beginArray()
        for name in names.prefix(16) { string(name.bounded()) }
        endArray()
        if names.count > 16 { field(rest, names.count - 16) }
    }
}
