import MartletCore
import MartletEgress
import MartletMCP

/// Somebody who listens, and writes down what it is told and how it is heard.
final class TestListener: Sendable {
    private let told = Collected<UpstreamNews>()
    private let settled = Collected<ListenStanding>()
    let caller: Principal

    init(_ agent: String = "finance-bot") throws { caller = try Fixture.principal(agent) }

    var news: [UpstreamNews] { told.all }
    var standings: [ListenStanding] { settled.all }

    /// Wants `filter` from now on, and returns how the upstream is heard then.
    func listen(to filter: ListenFilter, at upstream: any Upstream) async -> ListenStanding {
        await withCheckedContinuation { continuation in
            upstream.listen(
                to: filter, for: caller, hearing: { [told] in told.add($0) },
                ready: { [settled] standing in
                    settled.add(standing)
                    continuation.resume(returning: standing)
                })
        }
    }

    func hears(_ news: UpstreamNews, times count: Int = 1) async -> Bool {
        await eventually { [told] in told.all.filter { $0 == news }.count >= count }
    }
}

extension Fixture {
    static let tools = ListenFilter(lists: [.tools])

    static func filter(_ lists: Set<ListedKind>, _ uris: String...) -> ListenFilter {
        ListenFilter(lists: lists, resources: Set(uris.compactMap(ResourceURI.init)))
    }

    /// `body` while the upstream sees to what is listened to.
    static func listening(
        _ script: @escaping TestServer.Script, era: EraChoice = .fixed(.modern),
        _ change: (inout HTTPUpstreamSettings) -> Void = { _ in },
        body: (TestServer, HTTPUpstream) async throws -> Void
    ) async throws {
        try await with(script, era: era, change) { (server, upstream) async throws in
            async let _: Void = upstream.keepListening()
            try await body(server, upstream)
        }
    }
}

extension ReceivedRequest {
    /// What a `subscriptions/listen` asks for.
    var wanted: String { body.range(between: #""notifications":"#, and: ["}"]) ?? "" }
}

extension Wire {
    static func acknowledged(_ request: ReceivedRequest, _ filter: String) -> ServerAction {
        notice(request.rpcID, "subscriptions/acknowledged", #","notifications":\#(filter)"#)
    }

    /// A notification on the stream of our request `id`.
    static func notice(_ id: String, _ method: String, _ more: String = "") -> ServerAction {
        let meta = #""_meta":{"io.modelcontextprotocol/subscriptionId":\#(id)}"#
        return .event(#"{"jsonrpc":"2.0","method":"notifications/\#(method)","params":{\#(meta)\#(more)}}"#)
    }

    /// A modern server whose streams stay open; each acknowledges what it is asked for.
    static func listened(
        _ answer: @escaping @Sendable (ReceivedRequest) -> [ServerAction] = { request in
            [.openStream, acknowledged(request, request.wanted + "}"), .hold]
        }
    ) -> TestServer.Script {
        let modern = modern(echo)
        return { request in request.rpcMethod == "subscriptions/listen" ? answer(request) : modern(request) }
    }

    /// A server of the session era whose GET streams stay open.
    static func sessionListened(
        _ answer: @escaping @Sendable (ReceivedRequest) -> [ServerAction] = { _ in [.openStream, .hold] }
    ) -> TestServer.Script {
        let legacy = legacy(echo)
        return { request in
            switch request.rpcMethod {
            case "GET": answer(request)
            case "resources/subscribe", "resources/unsubscribe": [.answer(result(request, "{}"))]
            default: legacy(request)
            }
        }
    }
}
