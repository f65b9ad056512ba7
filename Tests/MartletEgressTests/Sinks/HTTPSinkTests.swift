import MartletAudit
import MartletCore
import MartletEgress
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@Suite("records over HTTP")
struct HTTPSinkTests {
    private static let records: [ExportedRecord] = {
        let leaf = Array(#"{"v":1,"type":"log.opened","id":"r0"}"#.utf8)
        return [ExportedRecord(origin: "o", index: 0, leaf: leaf)]
    }()

    private static func sink(
        _ url: String, timeout: TimeAmount = .seconds(10), credential: EgressCredential? = nil,
        authorities: String? = nil
    ) throws -> HTTPSink {
        try HTTPSink(
            url: url, form: .splunkHEC, encoding: .json, credential: credential, authorities: authorities,
            timeout: timeout, group: .singleton)
    }

    @Test("are posted once, with the credential, and acknowledged by the answer")
    func delivers() async throws {
        let server = try await TestServer.start { _ in [.answer(#"{"text":"Success","code":0}"#)] }
        let credential = try EgressCredential(header: "Authorization", prefix: "Splunk ", secret: Secret("hec"))
        try await Self.sink(server.url, credential: credential).deliver(Self.records)
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1 && request.method == .POST)
        #expect(request.headers["authorization"] == ["Splunk hec"])
        #expect(request.body == String(decoding: HTTPSinkForm.splunkHEC.body(Self.records, as: .json), as: UTF8.self))
        await server.stop()
    }

    @Test(
        "are not acknowledged by any other answer",
        arguments: [
            ([.status("503 Service Unavailable")], .rejected("status 503")),
            ([.status("302 Found", headers: ["location: /x"])], .rejected("redirect refused (status 302)")),
            ([.status("401 Unauthorized")], .rejected("status 401: the credential was refused")),
            ([.answer(#"{"code":8}"#)], .rejected("code 8: ")), ([.close], .brokenOff),
            ([.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"), .close], .brokenOff),
        ] as [([ServerAction], SinkError)])
    func refused(actions: [ServerAction], error: SinkError) async throws {
        let server = try await TestServer.start { _ in actions }
        await #expect(throws: error) { try await Self.sink(server.url).deliver(Self.records) }
        await server.stop()
    }

    @Test("are not waited for beyond the deadline, nor once the task is cancelled")
    func hanging() async throws {
        let server = try await TestServer.start { _ in [.hold] }
        let short = try Self.sink(server.url, timeout: .milliseconds(300))
        await #expect(throws: SinkError.timedOut) { try await short.deliver(Self.records) }
        let long = try Self.sink(server.url, timeout: .hours(1))
        await #expect(throws: SinkError.cancelled) {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await long.deliver(Self.records) }
                while server.holding < 2 { await Task.yield() }
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
        }
        await server.stop()
    }

    @Test("do not leave this machine unencrypted, and go to no server with another certificate")
    func encrypted() async throws {
        #expect(throws: EgressError.badURL("http://192.0.2.1/x")) { try Self.sink("http://192.0.2.1/x") }
        let server = try await TestServer.start(tls: TestAuthority.server()) { _ in [.answer(#"{"code":0}"#)] }
        let url = "https://127.0.0.1:\(server.port)/x"
        await #expect(throws: SinkError.self) { try await Self.sink(url).deliver(Self.records) }
        #expect(server.requests.isEmpty)
        try await TestAuthority.withFile { (authority) async throws in
            try await Self.sink(url, authorities: authority).deliver(Self.records)
        }
        #expect(server.requests.count == 1)
        await server.stop()
    }
}
