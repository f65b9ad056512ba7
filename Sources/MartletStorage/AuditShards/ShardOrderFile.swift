package import MartletAudit
import MartletJSON

/// An operator's word that the next start closes the log of a state directory. Source: ADR-0036.
package struct ShardOrderFile: Sendable {
    private let path: String
    private let files: any SegmentFiles

    package init(state: String, files: any SegmentFiles = PosixFiles()) {
        path = state + "/shard.order"
        self.files = files
    }

    /// The order to close the log `origin`; nil when there is none. One for another log has been carried out.
    package func load(for origin: String) throws(SegmentError) -> ShardOrder? {
        let bytes: [UInt8]?
        do throws(FileError) { bytes = try files.contents(of: path) } catch { throw .file(error) }
        guard let bytes else { return nil }
        let document: JSONValue
        do throws(JSONError) { document = try JSONValue.parse(bytes) } catch { throw .malformed(path: path) }
        guard let named = document.member("origin")?.string, let reason = document.member("reason")?.string,
            let user = (document.member("uid")?.integer).flatMap(UInt32.init(exactly:))
        else { throw .malformed(path: path) }
        return named.utf8.elementsEqual(origin.utf8) ? ShardOrder(user: user, reason: reason) : nil
    }

    /// When it returns, the order survives power loss.
    package func store(_ order: ShardOrder, for origin: String) throws(SegmentError) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("origin", string: origin)
        writer.member("uid", int: Int64(order.user))
        writer.member("reason", string: order.reason)
        writer.endObject()
        do throws(FileError) { try files.replace(path, with: writer.bytes) } catch { throw .file(error) }
    }

    /// Takes the order away; succeeds when there is none.
    package func remove() throws(SegmentError) {
        do throws(FileError) { try files.removeIfPresent(path) } catch { throw .file(error) }
    }
}
