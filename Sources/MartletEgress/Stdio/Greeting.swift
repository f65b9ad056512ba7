import MartletMCP
import NIOCore

/// The first messages to a new child: which era it speaks, and a session where the era has sessions.
///
/// `server/discover` first; anything but a modern answer, also silence, leads to `initialize`. A child whose forerunners
/// spoke the other era is greeted as they were, and refused when it is no longer theirs. Confined to its loop. Source: MCP 2026-07-28, Lifecycle, "Supporting Older Servers".
struct Greeting {
    private let life: StdioChild.Life
    private let child: StdioChild

    init(_ life: StdioChild.Life, child: StdioChild) {
        self.life = life
        self.child = child
    }

    func begin() {
        switch child.pinnedEra {
        case .modern?: child.settings.era == .fixed(.modern) ? child.greeted(life, era: .modern) : discover()
        case .legacy?: initialize()
        case nil: child.avoidsDiscover ? initialize() : discover()
        }
    }

    private func discover() {
        let limit = min(child.settings.probeTimeout, child.settings.timeout)
        ask(within: limit, { UpstreamRequest.discover(id: $0, client: $1.client) }) { answer in
            switch EraProbe.read(answer) {
            case .modern: child.greeted(life, era: .modern)
            case .notModern: initialize()
            // Silence is no evidence against what was found before.
            case .failed(.timedOut) where child.pinnedEra == nil: initialize()
            case .failed(.brokenOff) where child.pinnedEra == nil: child.diedOfDiscovery(life)
            case .failed: child.refused(life, "no answer to server/discover")
            }
        }
    }

    private func initialize() {
        life.conversation.dialect = UpstreamDialect(version: .newestLegacy, client: child.settings.client)
        ask(within: child.settings.timeout, { UpstreamRequest.initialize(id: $0, $1, declaring: .all) }) { answer in
            guard case .success((.result(let result), _)) = answer, let version = result.legacyVersion else {
                if case .success = answer, child.pinnedEra == .legacy { return lookForModern() }
                return child.refused(life, "no answer to initialize that we understand")
            }
            guard child.pinnedEra != .modern else { return child.contradicted(life) }
            child.profile = UpstreamProfile(result)
            let dialect = UpstreamDialect(version: version, client: child.settings.client)
            life.conversation.dialect = dialect
            life.conversation.send(UpstreamRequest.initialized(dialect))
            child.greeted(life, era: .legacy)
        }
    }

    /// After a refused `initialize` of what was a legacy server.
    private func lookForModern() {
        let limit = min(child.settings.probeTimeout, child.settings.timeout)
        ask(within: limit, { UpstreamRequest.discover(id: $0, client: $1.client) }) { answer in
            guard case .modern = EraProbe.read(answer) else {
                return child.refused(life, "no answer to initialize that we understand")
            }
            child.contradicted(life)
        }
    }

    private func ask(
        within limit: TimeAmount, _ message: @escaping @Sendable (Int64, UpstreamDialect) -> OutboundMessage,
        _ answered: @escaping (Result<Answered, UpstreamFailure>) -> Void
    ) {
        let answered = NIOLoopBound(answered, eventLoop: child.loop)
        var exchange = StdioExchange(deadline: .now() + limit, hearing: Hearing(), message: message) {
            answered.value($0)
        }
        exchange.isCancellable = false
        child.start(exchange, in: life)
    }
}
