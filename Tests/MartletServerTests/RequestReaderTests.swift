import MartletGateway
import NIOCore
import NIOHTTP1
import Testing

@testable import MartletServer

@Suite("Reading requests")
struct RequestReaderTests {
    private func reader() -> RequestReader {
        RequestReader(source: "192.0.2.1", maximumBodyBytes: 8, maximumHeaderBytes: 64)
    }

    private func head(_ headers: HTTPHeaders = ["Host": "a"]) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/mcp/erp?token=x", headers: headers))
    }

    @Test("a whole request becomes one value, without its query and with names in lower case")
    func whole() throws {
        var reader = reader()
        _ = reader.read(head())
        _ = reader.read(.body(ByteBuffer(string: "ab")))
        _ = reader.read(.body(ByteBuffer(string: "cd")))
        guard case .answer(let request, let keepAlive, let streams) = reader.read(.end(nil)) else {
            Issue.record("no request came out")
            return
        }
        #expect(request.path == "/mcp/erp")
        #expect(request.body == Array("abcd".utf8))
        #expect(request.headers.map(\.name) == ["host"])
        #expect(keepAlive)
        #expect(streams)
    }

    @Test("a body may be as long as the limit and not one byte longer", arguments: [(8, true), (9, false)])
    func bodyLimit(count: Int, isAccepted: Bool) {
        var reader = reader()
        _ = reader.read(head())
        let action = reader.read(.body(ByteBuffer(repeating: 0x61, count: count)))
        #expect(isRefusal(action, .bodyTooLarge) == !isAccepted)
    }

    @Test("a declared length above the limit is refused before the body is read")
    func declaredLength() {
        var reader = reader()
        #expect(isRefusal(reader.read(head(["Content-Length": "9"])), .bodyTooLarge))
    }

    @Test("headers above the limit and trailers are refused")
    func headersAndTrailers() {
        var reader = reader()
        #expect(isRefusal(reader.read(head(["X": String(repeating: "a", count: 64)])), .headersTooLarge))
        var other = self.reader()
        _ = other.read(head())
        #expect(isRefusal(other.read(.end(["X": "y"])), .malformed))
    }

    @Test("after a refusal nothing is read any more")
    func silence() {
        var reader = reader()
        _ = reader.read(head(["Content-Length": "9"]))
        guard case .wait = reader.read(head()) else {
            Issue.record("a refused reader went on")
            return
        }
    }

    private func isRefusal(_ action: RequestReader.Action, _ expected: RequestReader.Refusal) -> Bool {
        guard case .refuse(let refusal) = action else { return false }
        return refusal == expected
    }
}
