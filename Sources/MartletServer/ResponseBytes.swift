import MartletAudit
import NIOCore
import NIOHTTP1

/// Writes a whole response into one buffer: one system call, and no header structure in between.
///
/// Source: RFC 9112, sections 4 and 6. Every response has its length; nothing here is chunked.
enum ResponseBytes {
    static func write(_ draft: ResponseDraft, keepAlive: Bool, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(draft.status))
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPResponseStatus(statusCode: draft.status).reasonPhrase)
        buffer.writeStaticString("\r\n")
        for (name, value) in draft.headers where isField(name) && isField(value) {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("content-length: ")
        buffer.writeString(String(draft.body.count))
        buffer.writeStaticString("\r\n")
        if !keepAlive { buffer.writeStaticString("connection: close\r\n") }
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(draft.body)
    }

    /// Nothing that could end the line: such a header is left out, whoever made it.
    private static func isField(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
