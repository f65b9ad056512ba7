import Glibc

/// The independent record of what really happened: one JSON object a line, on disk before the effect is confirmed.
///
/// Tests compare it with the gateway's log: an effect without an earlier intent would be the gateway's fault.
struct ERPLedger {
    private let descriptor: Int32?
    /// Payments that the file held when it was opened; new payment numbers go on from there.
    let earlierPayments: Int

    /// Opens the file for appending and creates it when absent; without a path nothing is written.
    init?(path: String?) {
        guard let path, !path.isEmpty else {
            descriptor = nil
            earlierPayments = 0
            return
        }
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        let text = Self.readAll(file)
        // A kill can leave half a line, which must not swallow the next one.
        if let last = text.last, last != UInt8(ascii: "\n"), !Self.write([UInt8(ascii: "\n")], to: file) { return nil }
        descriptor = file
        earlierPayments = text.split(separator: UInt8(ascii: "\n")).count { $0.starts(with: Self.paymentStart) }
    }

    /// How every payment's line begins.
    static let paymentStart = Array(#"{"tool":"issue_payment","#.utf8)

    /// Whether `line` is on disk when this returns.
    func append(_ line: [UInt8]) -> Bool {
        guard let descriptor else { return true }
        return Self.write(line + [UInt8(ascii: "\n")], to: descriptor) && fsync(descriptor) == 0
    }

    /// Writes everything, whatever the size of the pipe.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var text: [UInt8] = []
        while true {
            let part = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                count = max(0, read(descriptor, buffer.baseAddress, 65_536))
            }
            if part.isEmpty { return text }
            text += part
        }
    }
}
