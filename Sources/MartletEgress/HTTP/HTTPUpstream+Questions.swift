import MartletCore
import MartletMCP
import NIOCore

/// Calls, and how an upstream asks in the middle of one.
extension HTTPUpstream {
    typealias OpenHTTPCall = OpenCall<Result<HTTPAnswer, UpstreamFailure>>

    /// Sends one call, in a session that declares what the agent can be asked where there are sessions.
    func call(
        _ call: ToolCall, _ relay: CallRelay?, _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> UpstreamResult {
        let deadline = NIODeadline.now() + settings.timeout
        switch await era(by: deadline) {
        case .failure(let failure): return .failed(failure)
        case .success(.modern): return UpstreamResult(await askOnce(Hearing(relay: relay), by: deadline, message))
        case .success(.legacy):
            guard !call.isModernOnly else { return .failed(call.task == nil ? .unprompted : .taskInSession) }
            let key = CallerKey(call.principal, AgentCapabilities(call.input.capabilities))
            guard !key.capabilities.isEmpty else {
                return UpstreamResult(await askInSession(of: key, by: deadline, Hearing(relay: relay), message))
            }
            return await callOpenly(key, by: deadline, relay, message)
        }
    }

    /// As `askInSession`, with a call that may come back with a question before its result.
    private func callOpenly(
        _ key: CallerKey, by deadline: NIODeadline, _ relay: CallRelay?,
        _ message: (Int64, UpstreamDialect) -> OutboundMessage
    ) async -> UpstreamResult {
        var isSecondTry = false
        while true {
            let session: LegacySession
            switch await self.session(of: key, by: deadline) {
            case .failure(let failure): return .failed(failure)
            case .success(let opened): session = opened
            }
            let (id, dialect) = (nextID(), dialect(of: session))
            let call = OpenHTTPCall(
                relay: relay, agent: key.capabilities, timeout: settings.timeout,
                ways: ways(id, key, session, dialect, relay))
            let request = composer.post(
                message(id, dialect), deadline: deadline,
                expecting: .reply(id: id, hearing: hearing(of: call, key, relay, dialect)))
            pools.submit(request) { call.end($0) }
            let first = await call.next()
            if case .ended(.success(let found)) = first, found.status == 404, session.id != nil, !isSecondTry {
                sessions.forget(session, of: key)
                isSecondTry = true
                continue
            }
            return await call.result(of: first)
        }
    }

    private func hearing(
        of call: OpenHTTPCall, _ key: CallerKey, _ relay: CallRelay?, _ dialect: UpstreamDialect
    ) -> Hearing {
        let side = CallRelay(to: call, progress: relay?.progress ?? false, logLevel: relay?.logLevel)
        var hearing = Hearing(relay: side) { [weak self] id, method, params in
            if method != Method.ping.rawValue, call.ask(id, method, params) { return true }
            return self?.answer(question: id, method, dialect) ?? false
        }
        hearing.isResumable = true
        hearing.changed = { [weak self] in self?.heard($0, by: key) }
        return hearing
    }

    private func ways(
        _ id: Int64, _ key: CallerKey, _ session: LegacySession, _ dialect: UpstreamDialect, _ relay: CallRelay?
    ) -> OpenHTTPCall.Ways {
        OpenHTTPCall.Ways(
            reply: { answer, question in
                let message = UpstreamRequest.answer(answer, to: question, dialect)
                let deadline = NIODeadline.now() + min(self.settings.timeout, .seconds(10))
                let request = self.composer.post(message, deadline: deadline, expecting: .acknowledgement)
                guard case .success(let taken) = await self.pools.perform(request) else { return false }
                return (200..<300).contains(taken.status)
            },
            conclude: { first, side in
                // On a stream that is taken up nothing is asked any more: nobody would wait for the answer.
                let relay = CallRelay(to: side, progress: relay?.progress ?? false, logLevel: relay?.logLevel)
                var hearing = Hearing(relay: relay) { [weak self] id, method, _ in
                    self?.answer(question: id, method, dialect) ?? false
                }
                hearing.isResumable = true
                hearing.changed = { [weak self] in self?.heard($0, by: key) }
                let deadline = NIODeadline.now() + self.settings.timeout
                let answer = await self.resumed(first, of: id, session, by: deadline, hearing)
                switch answer {
                case .failure(.timedOut): self.cancel(id, dialect, reason: "timeout")
                case .failure(.cancelled): self.cancel(id, dialect, reason: "cancelled")
                case .success, .failure: break
                }
                if case .success(let found) = answer, found.isDoubtfulOfLegacy,
                    await self.isContradicted(by: deadline)
                {
                    return .failed(.eraChanged)
                }
                return UpstreamResult(Self.read(answer))
            },
            tellCancelled: { self.cancel(id, dialect, reason: "nobody answers") })
    }
}
