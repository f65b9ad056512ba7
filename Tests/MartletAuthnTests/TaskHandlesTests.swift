import MartletAuthn
import MartletCore
import Testing

@Suite("The ids of tasks that are given out")
struct TaskHandlesTests {
    private let key = Secret(bytes: [UInt8](repeating: 7, count: 32))

    private static func principal(
        agent: String = "finance-bot", role: String = "finance_executor", user: String? = "alice",
        issuer: String = "https://issuer.test", actors: [String] = []
    ) throws -> Principal {
        Principal(
            agent: try #require(SubjectID(agent)), role: try #require(RoleName(role)),
            user: user.flatMap(SubjectID.init), issuer: issuer, actors: actors.compactMap(SubjectID.init),
            credential: CredentialFacts(
                digest: Digest(of: []), tokenID: nil, keyID: nil, algorithm: "ES256", expires: UnixTime(seconds: 1)))
    }

    private static func task(_ upstreamID: String = "task/é 1") throws -> TaskReference? {
        TaskReference(
            upstream: try #require(UpstreamID("erp")), upstreamID: upstreamID,
            call: try #require(CallID("01890a5d-ac96-774b-bcce-b302099a8057")),
            tool: try #require(ToolName("issue_payment")), grant: "g.1", argumentDigest: Digest(of: [1]))
    }

    private func handles() throws -> TaskHandles { try #require(TaskHandles(key: key)) }

    @Test("an id opens for who began the task, also after a restart with the same key")
    func opens() throws {
        let task = try #require(try Self.task())
        let text = try #require(try handles().seal(task, for: try Self.principal()))
        #expect(try handles().open(text, for: try Self.principal()) == task)
        #expect(try handles().seal(task, for: try Self.principal()) != text)
    }

    @Test("an id opens for nobody else")
    func binds() throws {
        let task = try #require(try Self.task())
        let text = try #require(
            try handles().seal(task, for: try Self.principal()))
        let others = try [
            Self.principal(agent: "other-bot"), Self.principal(role: "reader"), Self.principal(user: "bob"),
            Self.principal(user: nil), Self.principal(issuer: "https://other.test"), Self.principal(actors: ["via"]),
        ]
        for other in others { #expect(try handles().open(text, for: other) == nil) }
        let foreign = try #require(TaskHandles(key: Secret(bytes: [UInt8](repeating: 8, count: 32))))
        #expect(foreign.open(text, for: try Self.principal()) == nil)
    }

    @Test("a changed character opens nothing, wherever it stands")
    func changed() throws {
        let task = try #require(try Self.task())
        let id = try #require(try handles().seal(task, for: try Self.principal()))
        let text = Array(id.utf8)
        for index in text.indices {
            var other = text
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let changed = String(decoding: other, as: UTF8.self)
            #expect(try handles().open(changed, for: try Self.principal()) == nil)
        }
    }

    @Test(
        "other text opens nothing",
        arguments: ["", "t1.", "t1.AAAA", "v1.", "task/é 1", "t1." + String(repeating: "A", count: 20_000)])
    func others(text: String) throws {
        #expect(try handles().open(text, for: try Self.principal()) == nil)
    }

    @Test("an upstream's id has 1 to 1024 bytes, and a key 32")
    func bounds() throws {
        #expect(try Self.task("") == nil)
        #expect(try Self.task(String(repeating: "é", count: 512)) != nil)
        #expect(try Self.task(String(repeating: "x", count: 1025)) == nil)
        #expect(TaskHandles(key: Secret(bytes: [1])) == nil)
    }
}
