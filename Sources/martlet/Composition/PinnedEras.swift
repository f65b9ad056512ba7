import Logging
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletEgress
import MartletMCP
import MartletStorage

/// The era of each upstream as it was found, kept over restarts; a change of it is an alert.
final class PinnedEras: Sendable {
    private let store: SQLiteEraStore
    private let audit: AuditLog
    private let clock: any GatewayClock
    private let logger: Logger
    private let addresses: [UpstreamID: Digest]
    private let known: [UpstreamID: ProtocolEra]
    private let events = EraEvents()

    /// Reads what is known. An era in the configuration replaces it: that is how a change is accepted.
    init(
        _ upstreams: [UpstreamSettings], store: SQLiteEraStore, audit: AuditLog, clock: any GatewayClock, logger: Logger
    ) async throws(StartFailure) {
        self.store = store
        self.audit = audit
        self.clock = clock
        self.logger = logger
        addresses = Dictionary(upstreams.map { ($0.name, $0.addressDigest) }, uniquingKeysWith: { first, _ in first })
        do {
            var known: [UpstreamID: ProtocolEra] = [:]
            for pin in try await store.pins() where addresses[pin.upstream] == pin.address {
                known[pin.upstream] = UpstreamSettings.Era(rawValue: pin.era)?.fixed
            }
            for upstream in upstreams where upstream.era.fixed != nil {
                try await store.keep(
                    SQLiteEraStore.Pin(
                        upstream: upstream.name, address: upstream.addressDigest, era: upstream.era.rawValue),
                    now: clock.now())
            }
            self.known = known
        } catch {
            throw StartFailure("the state database cannot say which eras upstreams speak: \(error)")
        }
    }

    /// How to begin with an upstream.
    func choice(for settings: UpstreamSettings) -> EraChoice {
        guard settings.era.fixed == nil, let era = known[settings.name] else { return settings.era.choice }
        return .remembered(era)
    }

    var report: EraReport {
        { [events] event in events.add(event) }
    }

    /// Writes down what was reported.
    func settle() async {
        let (reported, missed) = events.take()
        if missed > 0 {
            logger.error(
                "eras of upstreams changed faster than could be recorded: some changes are in no record",
                metadata: ["missed": "\(missed)"])
        }
        for event in reported {
            switch event {
            case .pinned(let upstream, let era): await keep(era, of: upstream)
            case .changed(let upstream, let pinned, let seen):
                logger.error(
                    """
                    upstream speaks another era than the pinned one; its calls are refused; if you changed the server, \
                    set `era: \(seen.revision)` for this upstream and restart
                    """,
                    metadata: [
                        "upstream": "\(upstream)", "pinned": "\(pinned.revision)", "seen": "\(seen.revision)",
                    ])
                await audit.note(.eraChanged(upstream, pinned: pinned.revision, seen: seen.revision))
            case .restored(let upstream, let era):
                logger.notice(
                    "upstream speaks its pinned era again",
                    metadata: ["upstream": "\(upstream)", "pinned": "\(era.revision)"])
            }
        }
    }

    private func keep(_ era: ProtocolEra, of upstream: UpstreamID) async {
        guard let address = addresses[upstream] else { return }
        do {
            try await store.keep(
                SQLiteEraStore.Pin(upstream: upstream, address: address, era: era.revision), now: clock.now())
        } catch {
            // It holds in this process all the same; the next start asks again.
            logger.warning(
                "the era of an upstream could not be kept", metadata: ["upstream": "\(upstream)", "why": "\(error)"])
        }
    }
}

extension UpstreamSettings {
    /// Of the address alone: secrets, bindings and timeouts do not make another server.
    fileprivate var addressDigest: Digest {
        switch transport {
        case .command(let command, _, _): Digest(of: Array(("command\n" + command.joined(separator: "\n")).utf8))
        case .url(let url, _): Digest(of: Array(("url\n" + url.text).utf8))
        }
    }
}

extension UpstreamSettings.Era {
    var choice: EraChoice { fixed.map { .fixed($0) } ?? .auto }

    fileprivate var fixed: ProtocolEra? {
        switch self {
        case .auto: nil
        case .modern: .modern
        case .legacy: .legacy
        }
    }
}

extension ProtocolEra {
    /// As the configuration names it.
    fileprivate var revision: String {
        switch self {
        case .modern: UpstreamSettings.Era.modern.rawValue
        case .legacy: UpstreamSettings.Era.legacy.rawValue
        }
    }
}
