import MartletRecords
import MartletTransparency

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
