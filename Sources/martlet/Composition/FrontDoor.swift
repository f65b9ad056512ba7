import MartletApproval
import MartletAudit
import MartletAuthn
import MartletConfiguration
import MartletCore
import MartletGateway
import MartletJSON
import MartletMCP
import MartletPolicy
import MartletServer
import MartletStorage
import NIOCore
import NIOPosix

/// Builds the two listeners: agents over TCP, operator and approvers over a Unix socket.
struct FrontDoor {
    let configuration: GatewayConfiguration
    let state: StateDirectory
    let keys: StateKeys
    let log: Log
    let credentials: Credentials
    let revocations: SQLiteRevocationStore
    let grants: GrantsInForce
    let directory: UpstreamDirectory
    let desk: ApprovalDesk
    let eraser: Eraser
    let clock: any GatewayClock
    let group: MultiThreadedEventLoopGroup

    /// Binds first and builds then: with port 0 the public URL, and so every audience, is known only afterwards.
    func listen() async throws(StartFailure) -> (Listener, Gateway, String) {
        let tasks = try keys.taskHandles()
        let later = LateResponder()
        let listener = try await bind(later)
        let url = configuration.listen.publicURL(boundTo: listener.port)
        let gateway = Gateway(parts(url: url, port: listener.port, tasks: tasks))
        later.open(gateway)
        return (listener, gateway, url)
    }

    func listenAdmin(publicURL: String) async throws(StartFailure) -> Listener {
        let adminAudience = Credentials.adminAudience(of: configuration.environment)
        let rulings = ApprovalRulings(
            desk: desk, audit: log.audit, authenticator: credentials.approvers, audience: adminAudience,
            people: credentials.approverPeople, clock: clock)
        let revocations = revocations
        let clock = clock
        let credentialDesk = CredentialDesk(
            minter: credentials.minter, agents: credentials.mintable, approvers: credentials.mintableApprovers,
            audiences: audiences(publicURL), adminAudience: adminAudience,
            defaultTTL: configuration.authentication.builtIn?.defaultTTL ?? Seconds(900),
            authenticators: [credentials.agents, credentials.approvers], audit: log.audit, clock: clock
        ) { revocation, _ in
            let now = clock.now()
            try await revocations.keep(KeptRevocation(revocation, revoked: now, until: now.advanced(by: .days(3650))))
        }
        let admin = AdminAPI(
            approvals: rulings, credentials: credentialDesk, audit: log.audit, eraser: eraser,
            grants: grants.json(now: clock.now()), look: proofs.look)
        let settings = ListenerSettings(
            address: state.adminSocket, port: 0, tls: nil, maximumBodyBytes: 65_536, maximumHeaderBytes: 32_768,
            maximumConnections: 64)
        do {
            return try await Listener.bind(unixSocket: state.adminSocket, settings, group: group, responder: admin)
        } catch {
            throw StartFailure("admin socket: \(error)")
        }
    }

    private var proofs: PublishedProofs { PublishedProofs(directory: state.audit, keys: state.keys) }

    private func bind(_ responder: any Responder) async throws(StartFailure) -> Listener {
        let listen = configuration.listen
        let limits = configuration.limits
        let settings = ListenerSettings(
            address: listen.address, port: listen.port,
            tls: listen.tls.map { TLSFiles(certificateChain: $0.certificate, privateKey: $0.key) },
            maximumBodyBytes: limits.requestBytes, maximumHeaderBytes: limits.headerBytes,
            maximumConnections: limits.connections)
        do {
            return try await Listener.bind(settings, group: group, responder: responder)
        } catch {
            throw StartFailure("listen: \(error)")
        }
    }

    private func parts(url: String, port: Int, tasks: TaskHandles) -> Gateway.Parts {
        let routes = audiences(url)
        let sessions = SessionTable(
            capacity: configuration.limits.sessions, idle: Seconds(3600), random: SystemRandomSource())
        var limits = JSONLimits.request
        limits.maximumBytes = configuration.limits.requestBytes
        let store = log.store
        return Gateway.Parts(
            admission: admission(port: port), authenticator: credentials.agents, audiences: routes,
            audienceOverrides: Set(configuration.authentication.issuers.compactMap(\.audience)), publicURL: url,
            metadata: metadata(routes), policy: grants.engine, approvals: desk,
            audit: log.audit, upstreams: directory, sessions: sessions, parser: RequestParser(limits: limits),
            server: Implementation(name: "martlet", version: RunningGateway.version), clock: clock,
            random: log.random,
            maximumConcurrentCalls: configuration.limits.concurrentCalls,
            maximumConnections: configuration.limits.connections, alarm: alarm, taskHandles: tasks,
            isReady: { store.failure == nil && !store.isDegraded }, proof: proofs.look,
            proofReceipt: proofs.receipt)
    }

    private var alarm: Alarm {
        let group = group
        return Alarm { delay, ring in
            let (seconds, attoseconds) = delay.components
            let task = group.next().scheduleTask(
                in: .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
            ) { ring() }
            return { task.cancel() }
        }
    }

    private func audiences(_ url: String) -> RouteAudiences {
        RouteAudiences(url: url, upstreams: configuration.upstreams.map(\.name))
    }

    private func admission(port: Int) -> Admission {
        let listen = configuration.listen
        let host = listen.address.contains(":") ? "[\(listen.address)]" : listen.address
        var hosts: Set = ["\(host):\(port)", "localhost:\(port)"]
        if let authority = listen.publicURL?.authority { hosts.insert(authority) }
        hosts.formUnion(listen.allowedHosts.map { $0.lowercased() })
        return Admission(hosts: hosts, origins: Set(listen.allowedOrigins.map { $0.lowercased() }))
    }

    private func metadata(_ audiences: RouteAudiences) -> [Route: ResponseDraft] {
        let issuers = configuration.authentication.issuers.map(\.issuer)
        let routes = configuration.upstreams.map { Route.mcp(name: $0.name.rawValue) } + [.aggregate]
        let documents = routes.compactMap { route in
            audiences[route].map { audience in
                let body = ProtectedResourceMetadata.document(resource: audience, authorizationServers: issuers)
                let headers = [(name: "content-type", value: "application/json")]
                return (route, ResponseDraft(status: 200, headers: headers, body: body))
            }
        }
        return Dictionary(documents, uniquingKeysWith: { first, _ in first })
    }
}
