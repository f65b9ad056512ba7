import MartletJSON

/// The record `key.rotated`, as far as the chain of keys needs it.
package enum RotationRecord {
    /// The old and the new verifier key; nil for every other record.
    package static func keys(_ leaf: [UInt8]) -> (old: String, new: String)? {
        do throws(JSONError) {
            let record = try JSONValue.parse(leaf)
            guard record.member("type")?.isString("key.rotated") == true, let derived = record.member("derived"),
                let old = derived.member("old_vkey")?.string, let new = derived.member("new_vkey")?.string
            else { return nil }
            return (old, new)
        } catch {
            return nil
        }
    }
}
