import MartletMCP
import NIOCore

/// Where a stream broke off and when the server wants to be asked for the rest.
struct ResumptionPoint: Hashable, Sendable {
    let eventID: String
    let pause: TimeAmount

    /// Without the server's word; with it, anything up to the call's own deadline.
    static let usualPause = TimeAmount.seconds(1)
    static let shortestPause = TimeAmount.milliseconds(10)

    /// Nil without an event id that can stand in a header: then nobody could say what is missing.
    init?(_ eventID: String?, retry milliseconds: Int?) {
        guard let eventID, (1...1024).contains(eventID.utf8.count),
            eventID.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        self.eventID = eventID
        pause = max(Self.shortestPause, milliseconds.map { .milliseconds(Int64($0)) } ?? Self.usualPause)
    }
}

extension HTTPUpstream {
    /// A stream may break off this often without a new event; each new one starts the count anew.
    private static let maximumFruitlessTries = 5

    /// Takes up an answer that broke off behind an event with an id, until the call's deadline.
    ///
    /// The call itself is not sent again: only what it still has to say is asked for. Whatever fails here, the call may
    /// have run. Source: MCP 2025-11-25, Transports, "Resumability and Redelivery".
    func resumed(
        _ first: Result<HTTPAnswer, UpstreamFailure>, of id: Int64, _ session: LegacySession,
        by deadline: NIODeadline, _ hearing: Hearing
    ) async -> Result<HTTPAnswer, UpstreamFailure> {
        guard case .success(let found) = first, case .interrupted(var point) = found.content else { return first }
        var fruitless = 0
        while fruitless < Self.maximumFruitlessTries, NIODeadline.now() + point.pause < deadline {
            await pause(for: point.pause)
            let request = composer.resume(
                session, after: point, deadline: deadline, expecting: .reply(id: id, hearing: hearing))
            switch await pools.perform(request) {
            case .success(let answer):
                switch answer.content {
                case .interrupted(let next):
                    fruitless = next.eventID == point.eventID ? fruitless + 1 : 0
                    point = next
                case .answer where answer.status == 200: return .success(answer)
                // A refusal of the question is not the answer to the call, whatever JSON comes with it.
                case .answer, .empty, .document, .unreadable, .streamEnded: return .failure(.brokenOff)
                }
            case .failure(.timedOut): return .failure(.timedOut)
            case .failure(.cancelled): return .failure(.cancelled)
            case .failure(.garbage(let reason)): return .failure(.garbage(reason))
            case .failure(.tooLarge): return .failure(.tooLarge)
            case .failure(.unreachable): fruitless += 1
            case .failure(.brokenOff), .failure(.unauthorized), .failure(.busy), .failure(.closed),
                .failure(.notCarried), .failure(.eraChanged):
                return .failure(.brokenOff)
            }
        }
        return .failure(NIODeadline.now() + point.pause < deadline ? .brokenOff : .timedOut)
    }

    private func pause(for time: TimeAmount) async {
        await withCheckedContinuation { continuation in
            group.next().scheduleTask(in: time) { continuation.resume() }
        }
    }
}
