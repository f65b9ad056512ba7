import MartletJSON
import MartletTransparency

/// The record `key.rotated`, as far as the chain of keys needs it.
enum RotationRecord {
    /// The old and the new verifier key; nil for every other record.
    static func keys(_ leaf: [UInt8]) -> (old: String, new: String)? {
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

extension KeyChain {
    /// The chain from the trusted key on, from the files beside a log.
    init(_ trusted: NoteVerifier, in source: some LogSource) throws(LogFault) {
        self.init(trusted)
        // More than anybody replaces; a bound all the same.
        for number in 0..<10_000 {
            let file = KeyRotation.path(number)
            let bytes: [UInt8]?
            do throws(UnreadableFile) { bytes = try source.read(file, limit: 1 << 20) } catch {
                throw LogFault(file: file, problem: .unreadable(error.reason))
            }
            guard let bytes else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            do throws(KeyChainError) {
                guard text.utf8.elementsEqual(bytes) else { throw KeyChainError.noRotation }
                try take(text, keys: RotationRecord.keys)
            } catch {
                throw LogFault(file: file, problem: .rotation(error))
            }
        }
    }
}
