import MartletJSON
import MartletMCP
import NIOCore
import Synchronization

extension HTTPUpstream {
    /// Sends one request in the caller's session.
    ///
    /// HTTP 404 says that the upstream does not know the session, so the request did not run: a new session is opened
    /// and the request sent once more, never a third time. Source: MCP 2025-11-25, Transports, "Session Management".
    func askInSession(
        of key: CallerKey, by deadline: NIODeadline, _ hearing: Hearing,
        _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> Result<Answered, UpstreamFailure> {
        var isSecondTry = false
        while true {
            let session: LegacySession
            switch await self.session(of: key, by: deadline) {
            case .failure(let failure): return .failure(failure)
            case .success(let opened): session = opened
            }
            let dialect = dialect(of: session)
            var hearing = hearing
            hearing.question = { [weak self] id, method, _ in self?.answer(question: id, method, dialect) ?? false }
            hearing.isResumable = true
            hearing.changed = { [weak self] in self?.heard($0, by: key) }
            let (id, first) = await exchange(dialect, by: deadline, hearing, message)
            // Of the call itself only: what a resumption is answered says nothing about whether the call ran.
            if case .success(let found) = first, found.status == 404, session.id != nil, !isSecondTry {
                sessions.forget(session, of: key)
                isSecondTry = true
                continue
            }
            let answer = await resumed(first, of: id, session, by: deadline, hearing)
            switch answer {
            case .failure(.timedOut): cancel(id, dialect, reason: "timeout")
            case .failure(.cancelled): cancel(id, dialect, reason: "cancelled")
            case .success, .failure: break
            }
            if case .success(let found) = answer, found.isDoubtfulOfLegacy, await isContradicted(by: deadline) {
                return .failure(.eraChanged)
            }
            return Self.read(answer)
        }
    }

    func session(of key: CallerKey, by deadline: NIODeadline) async -> LegacySessions.Opened {
        let opened = await sessions.session(
            for: key, now: .now(), evict: endLater,
            open: { await self.openSession(by: deadline, declaring: key.capabilities) })
        if case .success = opened { startCleaning() }
        if case .failure(.garbage) = opened, await isContradicted(by: deadline) { return .failure(.eraChanged) }
        return opened.mapError { $0.beforeTheCall("session could not be opened") }
    }

    /// `initialize` and `notifications/initialized`.
    func openSession(
        by deadline: NIODeadline, declaring agent: AgentCapabilities = AgentCapabilities([])
    ) async -> LegacySessions.Opened {
        let offer = UpstreamDialect(version: .newestLegacy, client: settings.client)
        let (id, answer) = await exchange(offer, by: deadline, Hearing()) { id, dialect in
            UpstreamRequest.initialize(id: id, dialect, declaring: agent)
        }
        switch Self.read(answer) {
        case .failure(let failure): return .failure(failure)
        case .success((.error(let code, _, _), _)): return .failure(.garbage("initialize refused (\(code))"))
        case .success((.result(let result), _)):
            guard let version = result.legacyVersion else { return .failure(.garbage("protocol version not spoken")) }
            guard case .success(let head) = answer else { return .failure(.brokenOff) }
            if let profile = UpstreamProfile(result) { lastProfile.withLock { $0 = profile } }
            return await confirm(LegacySession(id: head.sessionID, version: version, number: id), by: deadline)
        }
    }

    private func confirm(_ session: LegacySession, by deadline: NIODeadline) async -> LegacySessions.Opened {
        let message = UpstreamRequest.initialized(dialect(of: session))
        switch await pools.perform(composer.post(message, deadline: deadline, expecting: .acknowledgement)) {
        case .failure(let failure): return .failure(failure)
        case .success(let answer):
            return (200..<300).contains(answer.status)
                ? .success(session) : .failure(.garbage("initialized refused (status \(answer.status))"))
        }
    }

    func dialect(of session: LegacySession) -> UpstreamDialect {
        UpstreamDialect(version: session.version, client: settings.client, sessionID: session.id)
    }

    // MARK: - Messages whose answer nobody waits for

    /// `ping` is answered; everything else has nobody to answer it. True: whoever asked has got an answer.
    @discardableResult
    func answer(
        question id: RequestID, _ method: String, _ dialect: UpstreamDialect,
        done: @escaping @Sendable () -> Void = {}
    ) -> Bool {
        send(
            method == Method.ping.rawValue
                ? UpstreamRequest.pong(to: id, dialect) : UpstreamRequest.refusal(of: id, method: method, dialect),
            done: done)
        return true
    }

    /// In the legacy era a closed connection does not cancel. Source: MCP 2025-11-25, Cancellation.
    func cancel(_ id: Int64, _ dialect: UpstreamDialect, reason: String) {
        send(UpstreamRequest.cancelled(id: id, reason: reason, dialect))
    }

    private func send(_ message: OutboundMessage, done: @escaping @Sendable () -> Void = {}) {
        let deadline = NIODeadline.now() + min(settings.timeout, .seconds(5))
        pools.submit(composer.post(message, deadline: deadline, expecting: .acknowledgement)) { _ in done() }
    }

    func endLater(_ ended: [LegacySession]) {
        let deadline = NIODeadline.now() + min(settings.timeout, .seconds(5))
        for session in ended where session.id != nil {
            pools.submit(composer.delete(session, deadline: deadline)) { _ in }
        }
    }

    /// Ends sessions and waits for it, 32 at a time, no longer than `limit` in all. What is left expires upstream.
    func end(_ ended: [LegacySession], within limit: TimeAmount) async {
        let deadline = NIODeadline.now() + limit
        var rest = ended.filter { $0.id != nil }[...]
        while !rest.isEmpty, NIODeadline.now() < deadline {
            await withTaskGroup(of: Void.self) { group in
                for session in rest.prefix(32) {
                    group.addTask { _ = await self.pools.perform(self.composer.delete(session, deadline: deadline)) }
                }
            }
            rest = rest.dropFirst(32)
        }
    }
}

extension JSONValue {
    /// The version a legacy upstream settled on in its `initialize` result; nil when we do not speak it.
    var legacyVersion: ProtocolVersion? {
        guard let version = member("protocolVersion")?.string.flatMap(ProtocolVersion.init), version.era == .legacy
        else { return nil }
        return version
    }
}
