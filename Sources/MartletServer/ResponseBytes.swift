import MartletAudit
import NIOCore
import NIOHTTP1

/// Writes a whole response into one buffer: one system call, and no header structure in between.
///
/// Source: RFC 9112, sections 4 and 6. A whole response has its length; a streamed one is chunked, one event a chunk.
enum ResponseBytes {
    static func write(_ draft: ResponseDraft, keepAlive: Bool, to buffer: inout ByteBuffer) {
        writeHead(status: draft.status, draft.headers, to: &buffer)
        buffer.writeStaticString("content-length: ")
        buffer.writeString(String(draft.body.count))
        buffer.writeStaticString("\r\n")
        if !keepAlive { buffer.writeStaticString("connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(draft.body)
    }

    /// The head of a streamed answer. Always keep-alive: a connection that is to end is closed after the last chunk.
    static func writeStreamHead(status: Int, _ headers: [(name: String, value: String)], to buffer: inout ByteBuffer) {
        writeHead(status: status, headers, to: &buffer)
        buffer.writeStaticString("transfer-encoding: chunked\r\n\r\n")
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

    private static func writeHead(
        status: Int, _ headers: [(name: String, value: String)], to buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
        buffer.writeStaticString("\r\n")
        for (name, value) in headers where isField(name) && isField(value) {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
    }

    /// Nothing that could end the line: such a header is left out, whoever made it.
    private static func isField(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
