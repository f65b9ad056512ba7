import MartletJSON

extension ExportedRecord {
    /// `{"v":1,"origin":…,"index":…,"leaf_hash":…,"record":<leaf>}`, with `names` before `record` when it was named.
    ///
    /// `record` is the last member and holds the exact bytes of the leaf: what stands behind `"record":` up to the last
    /// brace gives `leaf_hash`, the hash that a proof of inclusion begins with. A leaf that is no JSON object is
    /// `leaf_base64` instead (RFC 4648 section 5, without padding).
    var envelope: [UInt8] {
        var writer = JSONWriter(capacity: leaf.count + 192)
        writer.beginObject()
        writer.member("v", int: 1)
        writer.member("origin", string: origin)
        writer.member("index", int: index)
        writer.member("leaf_hash", string: hashText)
        if !names.isEmpty {
            writer.key("names")
            writer.beginObject()
            for (pseudonym, name) in names { writer.member(pseudonym, string: name) }
            writer.endObject()
        }
        if document == nil {
            writer.key("leaf_base64")
            writer.string(base64URL: leaf)
        } else {
            writer.member("record", raw: leaf)
        }
        writer.endObject()
        return writer.bytes
    }
}
