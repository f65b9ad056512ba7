import MartletAudit
import NIOCore
import Testing

@testable import MartletServer

@Suite("Writing responses")
struct ResponseBytesTests {
    private func written(_ draft: ResponseDraft, keepAlive: Bool = true) -> String {
        var buffer = ByteBuffer()
        ResponseBytes.write(draft, keepAlive: keepAlive, to: &buffer)
        return String(buffer: buffer)
    }

    @Test("a response is status line, fields, length, and body")
    func whole() {
        let draft = ResponseDraft(status: 404, headers: [(name: "a", value: "b")], body: Array("hi".utf8))
        #expect(written(draft) == "HTTP/1.1 404 Not Found\r\na: b\r\ncontent-length: 2\r\n\r\nhi")
    }

    @Test("a field that could split the response is left out", arguments: ["x\r\ny: z", "x\ny", "x\u{7F}", "\0"])
    func splitting(value: String) {
        let text = written(ResponseDraft(status: 200, headers: [(name: "a", value: value)]))
        #expect(text == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    }

    @Test("the last response of a connection says so")
    func closing() {
        #expect(written(ResponseDraft(status: 200), keepAlive: false).contains("connection: close\r\n"))
    }
}
