import Glibc
package import MartletCore
import MartletJSON
import MartletTransparency

/// What is kept about one sink between runs.
package struct SinkState: Hashable, Sendable {
    package let sink: String
    package let kind: String
    package var cursor: SinkCursor
    /// Behind for so long is too long.
    package var alertAfter: Seconds
    /// When the other side acknowledged something last.
    package var delivered: UnixTime?
    /// What went wrong last, and since when; nil while nothing does.
    package var failure: String?
    package var failing: UnixTime?

    package init(sink: String, kind: String, cursor: SinkCursor, alertAfter: Seconds) {
        self.sink = sink
        self.kind = kind
        self.cursor = cursor
        self.alertAfter = alertAfter
    }
}

/// The file of one sink, `<state>/sinks/<name>.json`: replaced as a whole, and it survives power loss.
package struct SinkFile: Sendable {
    package let path: String
    private let files: any SegmentFiles

    package init(directory: String, sink: String, files: any SegmentFiles = PosixFiles()) {
        path = directory + "/" + sink + Self.suffix
        self.files = files
    }

    /// The sinks of a directory, by name; none when it does not exist.
    package static func names(
        in directory: String, files: any SegmentFiles = PosixFiles()
    ) throws(FileError) -> [String] {
        do throws(FileError) {
            return try files.list(directory).filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
        } catch {
            guard error.errno == ENOENT else { throw error }
            return []
        }
    }

    /// Nil when the sink is new.
    package func load() throws(SinkRefusal) -> SinkState? {
        let found: [UInt8]?
        do throws(FileError) { found = try contents() } catch { throw .file(error) }
        guard let bytes = found else { return nil }
        guard let state = SinkState(bytes) else { throw .malformed(path: path) }
        return state
    }

    /// When it returns, the state survives power loss.
    package func store(_ state: SinkState) throws(FileError) {
        let directory = LogLayout.parent(of: path)
        try files.makeDirectory(directory)
        try files.synchronizeDirectory(LogLayout.parent(of: directory))
        try files.replace(path, with: state.bytes)
    }

    private func contents() throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try files.contents(of: path)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return nil
        }
    }

    private static let suffix = ".json"
}

extension SinkState {
    fileprivate init?(_ bytes: [UInt8]) {
        let document: JSONValue
        do { document = try JSONValue.parse(bytes) } catch { return nil }
        guard document.member("v")?.integer == 1, let sink = document.member("sink")?.string,
            let kind = document.member("kind")?.string, let origin = document.member("origin")?.string,
            let next = document.member("next")?.integer, next >= 0,
            let root = document.member("root")?.string.flatMap(Self.hash),
            let alert = document.member("alert_after_s")?.integer
        else { return nil }
        let cursor = SinkCursor(origin: origin, next: UInt64(next), root: root)
        self.init(sink: sink, kind: kind, cursor: cursor, alertAfter: Seconds(alert))
        delivered = document.member("delivered_t")?.string.flatMap { UnixTime(rfc3339: $0) }
        failure = document.member("failure")?.string
        failing = document.member("failing_since")?.string.flatMap { UnixTime(rfc3339: $0) }
    }

    fileprivate var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", int: 1)
        writer.member("sink", string: sink)
        writer.member("kind", string: kind)
        writer.member("origin", string: cursor.origin)
        writer.member("next", int: cursor.next)
        writer.member("root", string: Base64URL.encode(cursor.root.bytes))
        writer.member("alert_after_s", int: alertAfter.count)
        if let delivered { writer.member("delivered_t", string: delivered.rfc3339) }
        if let failure { writer.member("failure", string: failure) }
        if let failing { writer.member("failing_since", string: failing.rfc3339) }
        writer.endObject()
        return writer.bytes
    }

    private static func hash(_ text: String) -> MerkleHash? {
        Base64URL.decode(text).flatMap { MerkleHash(bytes: $0) }
    }
}
