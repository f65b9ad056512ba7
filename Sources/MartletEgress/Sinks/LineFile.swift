import Glibc
package import MartletAudit
import Synchronization

/// A file that records are appended to, one a line. What `deliver` returned from survives power loss.
///
/// Opened anew when another file, or none, stands at the path: whoever rotates renames. Half a line that a full disk or a
/// killed process left at the end is cut off before the record is written again, so that every line is a whole one.
package final class LineFile: SinkCarrier {
    private struct Opened {
        let descriptor: Int32
        let device: dev_t
        let number: ino_t
    }

    /// No line is longer: a leaf has 65,535 bytes.
    private static let longestLine = 1 << 20

    private let path: String
    private let encoding: RecordEncoding
    private let opened = Mutex<Opened?>(nil)

    package init(path: String, encoding: RecordEncoding) {
        self.path = path
        self.encoding = encoding
    }

    deinit { opened.withLock { if let open = $0 { close(open.descriptor) } } }

    package func deliver(_ records: [ExportedRecord]) async throws(SinkError) {
        var lines: [UInt8] = []
        for record in records {
            lines += encoding.encode(record)
            lines.append(UInt8(ascii: "\n"))
        }
        try opened.withLock { opened throws(SinkError) in
            let file = try current(opened.take())
            do throws(SinkError) {
                try append(lines, to: file.descriptor)
            } catch {
                // Opened and mended again at the next attempt: what an error has left is not known.
                close(file.descriptor)
                throw error
            }
            opened = file
        }
    }

    /// The file that stands at the path now; the one that was open is closed when it is another one.
    private func current(_ opened: Opened?) throws(SinkError) -> Opened {
        if let opened {
            var facts = stat()
            if stat(path, &facts) == 0, facts.st_dev == opened.device, facts.st_ino == opened.number { return opened }
            close(opened.descriptor)
        }
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        do throws(SinkError) {
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else { throw failure("fstat") }
            guard facts.st_mode & S_IFMT == S_IFREG else { throw .foreignFile(path: path) }
            try mend(descriptor, size: Int(facts.st_size))
            try settleName()
            return Opened(descriptor: descriptor, device: facts.st_dev, number: facts.st_ino)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func append(_ lines: [UInt8], to descriptor: Int32) throws(SinkError) {
        let before = lseek(descriptor, 0, SEEK_END)
        var rest = lines[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure("write")
                // A full disk is left without half a line; where this fails too, the next opening does it.
                if before >= 0 { _ = ftruncate(descriptor, before) }
                throw failure
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync") }
    }

    /// Cuts off half a line at the end, when it is one of ours.
    private func mend(_ descriptor: Int32, size: Int) throws(SinkError) {
        let start = max(0, size - Self.longestLine)
        var tail = [UInt8](repeating: 0, count: size - start)
        let count = pread(descriptor, &tail, tail.count, off_t(start))
        guard count == tail.count else { throw failure("read") }
        let end = tail.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let torn = tail[end...]
        guard !torn.isEmpty else { return }
        let prefix = Array("\(encoding.linePrefix)".utf8)
        guard end > 0 || start == 0, torn.starts(with: prefix) || prefix.starts(with: torn) else {
            throw .foreignFile(path: path)
        }
        guard ftruncate(descriptor, off_t(start + end)) == 0 else { throw failure("truncate") }
    }

    /// A new file's name survives power loss too.
    private func settleName() throws(SinkError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open directory of") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync directory of") }
    }

    private func failure(_ call: String) -> SinkError { .file(call: call, path: path, errno: errno) }
}
