import MartletCore
import MartletMCP
import NIOCore

/// What a keeper knows of the upstream's session in the session era.
struct SessionStream {
    var session: LegacySession?
    /// Where a stream that broke off may be taken up.
    var lastEventID: String?
    /// A session that is only listened to is in use: the pool is told so now and then.
    var touch: Scheduled<Void>?
}

/// In the session era a caller has one session at an upstream: subscriptions are calls in it, its GET stream tells.
/// Source: MCP 2025-11-25, Transports, "Listening for Messages from the Server"; Resources, "Subscriptions".
extension StreamKeeper {
    mutating func keepSession(_ filter: ListenFilter) async {
        let deadline = NIODeadline.now() + Self.patience
        let found: LegacySession
        switch await upstream.session(of: watch.key, by: deadline) {
        case .failure(let failure): return retryLater(after: failure)
        case .success(let opened): found = opened
        }
        if found != session.session { adopt(found) }
        await subscribe(to: filter.resources, by: deadline)
        // Who waits for a stream that is being opened is told when it is.
        guard opening == nil else { return }
        guard current == nil, !isAbsent else { return settle() }
        let upstream = upstream
        let dialect = upstream.dialect(of: found)
        let stream = UpstreamStream(upstream.nextID(), filter, of: watch) { id, method, done in
            upstream.answer(question: id, method, dialect, done: done)
        }
        let request = upstream.composer.listen(
            found, after: session.lastEventID, deadline: .now() + Self.longestStream, expecting: .changes(stream))
        open(stream, request)
    }

    /// Nothing of another session counts for this one: not its stream, and not what it was subscribed to.
    private mutating func adopt(_ found: LegacySession) {
        if session.session != nil {
            hasGap = true
            watch.forgetSubscriptions()
        }
        session.session = found
        session.lastEventID = nil
        isAbsent = false
        close()
        touchLater()
    }

    /// The pool ends sessions that nobody uses; and a call may have opened another one.
    private mutating func touchLater() {
        session.touch?.cancel()
        let watch = watch
        let interval = TimeAmount.nanoseconds(upstream.settings.sessionIdleLimit.nanoseconds / 3)
        session.touch = upstream.group.next().scheduleTask(in: interval) { watch.post(.touch) }
    }

    mutating func touched() async {
        guard !watch.filter.isEmpty, session.session != nil else { return }
        touchLater()
        await reconcile()
    }

    // MARK: - Subscriptions

    /// Each resource is subscribed to once, however many of the caller's streams want it.
    private func subscribe(to wanted: Set<ResourceURI>, by deadline: NIODeadline) async {
        let known = watch.subscribed
        for uri in wanted.subtracting(known) where await ask(.subscribe, uri, by: deadline) {
            watch.note(uri, isSubscribed: true)
        }
        for uri in known.subtracting(wanted) {
            watch.note(uri, isSubscribed: false)
            _ = await ask(.unsubscribe, uri, by: deadline)
        }
    }

    /// Nobody listens any more: the session goes on without what it was subscribed to.
    mutating func endSubscriptions() async {
        guard session.session != nil else { return }
        await subscribe(to: [], by: .now() + Self.patience)
        session.touch?.cancel()
        session = SessionStream()
    }

    private func ask(_ method: Method, _ uri: ResourceURI, by deadline: NIODeadline) async -> Bool {
        let answer = await upstream.askInSession(of: watch.key, by: deadline, Hearing()) { id, dialect in
            UpstreamRequest.subscribe(method, id: id, uri, dialect)
        }
        if case .success((.result, _)) = answer { return true }
        return false
    }

    // MARK: - Refusals

    /// 405 means that there is no such stream; 404 that the session has ended, and the next one has another.
    mutating func isRefusedForGood(_ status: Int) -> Bool {
        guard let ended = session.session else { return true }
        guard status == 404, ended.id != nil else { return true }
        upstream.sessions.forget(ended, of: watch.key)
        return false
    }
}
