import MartletAudit
import NIOCore
import NIOHTTP1

/// Writes a whole response into one buffer: one system call, and no header structure in between.
///
/// Source: RFC 9112, sections 4 and 6. A whole response has its length; a streamed one is chunked, one event a chunk.
enum ResponseBytes {
    static func write(_ draft: ResponseDraft, keepAlive: Bool, to buffer: inout ByteBuffer) {
        var head = head(status: draft.status, draft.headers)
        head.write("content-length: ")
        head.write(String(draft.body.count))
        head.write(keepAlive ? "\r\n\r\n" : "\r\nconnection: close\r\n\r\n")
        buffer.writeBytes(head)
        buffer.writeBytes(draft.body)
    }

    /// The head of a streamed answer. Always keep-alive: a connection that is to end is closed after the last chunk.
    static func writeStreamHead(status: Int, _ headers: [(name: String, value: String)], to buffer: inout ByteBuffer) {
        var head = head(status: status, headers)
        head.write("transfer-encoding: chunked\r\n\r\n")
        buffer.writeBytes(head)
    }

    /// One chunk; an empty one would be the last, so it is left out.
    static func writeChunk(_ bytes: [UInt8], to buffer: inout ByteBuffer) {
        guard !bytes.isEmpty else { return }
        buffer.writeString(String(bytes.count, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(bytes)
        buffer.writeStaticString("\r\n")
    }

    static func writeLastChunk(to buffer: inout ByteBuffer) { buffer.writeStaticString("0\r\n\r\n") }

    /// Status line and fields. Bytes of our own are appended with less ado than NIO's buffers take.
    private static func head(status: Int, _ headers: [(name: String, value: String)]) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(256)
        if status == 200 {
            head.write("HTTP/1.1 200 OK\r\n")
        } else {
            head.write("HTTP/1.1 ")
            head.write("\(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n")
        }
        for (name, value) in headers where isField(name) && isField(value) {
            head.write(name)
            head.write(": ")
            head.write(value)
            head.write("\r\n")
        }
        return head
    }

    /// Nothing that could end the line: such a header is left out, whoever made it.
    private static func isField(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

extension [UInt8] {
    fileprivate mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if isWritten == nil { append(contentsOf: text.utf8) }
    }
}
