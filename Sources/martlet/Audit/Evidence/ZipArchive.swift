/// A ZIP archive whose files are stored as they are, in the order they come. Every reader of ZIP opens it.
///
/// The same files give the same bytes: no times, no owners. Up to 65,535 files and 4 GiB, the limits of the plain format.
/// Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
struct ZipArchive {
    private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    /// False when the plain format cannot hold any more.
    mutating func add(_ path: String, _ content: [UInt8]) -> Bool {
        guard let start = UInt32(exactly: bytes.count), let size = UInt32(exactly: content.count),
            let name = UInt16(exactly: path.utf8.count), count < .max,
            bytes.count + content.count + directory.count + 1_000 < UInt32.max
        else { return false }
        var checksum = Checksum()
        checksum.add(content[...])
        var common: [UInt8] = []
        // Version 2.0, names in UTF-8, stored, 1980-01-01.
        for field: UInt16 in [20, 1 << 11, 0, 0, 1 << 5 | 1] { common.append(little: field) }
        common.append(little: checksum.value)
        common.append(little: size)
        common.append(little: size)
        common.append(little: name)
        common.append(little: UInt16(0))
        bytes.append(little: UInt32(0x0403_4B50))
        bytes += common + path.utf8 + content
        directory.append(little: UInt32(0x0201_4B50))
        // Made on Unix, so that the mode below is read.
        directory.append(little: UInt16(3 << 8 | 20))
        directory += common
        for _ in 0..<3 { directory.append(little: UInt16(0)) }
        directory.append(little: UInt32(path.hasSuffix(".sh") ? 0o100755 : 0o100644) << 16)
        directory.append(little: start)
        directory += path.utf8
        count += 1
        return true
    }

    /// Ends the archive.
    mutating func close() {
        let start = UInt32(truncatingIfNeeded: bytes.count)
        bytes += directory
        bytes.append(little: UInt32(0x0605_4B50))
        for field: UInt16 in [0, 0, count, count] { bytes.append(little: field) }
        bytes.append(little: UInt32(truncatingIfNeeded: directory.count))
        bytes.append(little: start)
        bytes.append(little: UInt16(0))
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: some FixedWidthInteger) {
        for byte in 0..<(value.bitWidth / 8) { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
}
