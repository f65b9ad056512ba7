package import MartletAudit
import MartletCore
package import MartletEgress
package import MartletMCP
import Synchronization

/// The way back to one agent: what its connection can take of a call's progress, and whether it is still there.
///
/// One for each connection, used for one call after the other. The first notice of a call opens a stream; a call without
/// a word costs nothing here. A slow reader slows its upstream down, and beyond `Limits` progress is condensed to the
/// latest and log lines are dropped and counted: memory stays bounded whatever an upstream sends.
/// Source: docs/adr/0010-streams.md.
package final class AgentLine: CallSide {
    /// What may wait for one reader.
    package struct Limits: Sendable {
        /// Above this, the upstream is not read any further.
        package var pauseBytes = 256 << 10
        package var pauseEvents = 256
        /// Above this, nothing more is taken.
        package var bytes = 1 << 20
        package var events = 1024
        package init() {}
    }

    let sink: AuditedStream.Sink
    private let limits: Limits
    private let state = Mutex(LineState())

    /// `sink` writes one piece to the agent's connection, in order; `wrote` is called once events are out.
    package init(limits: Limits = Limits(), to sink: @escaping AuditedStream.Sink) {
        self.sink = sink
        self.limits = limits
    }

    /// Notices that were neither sent nor condensed, over the life of the connection.
    package var dropped: Int { state.withLock { $0.dropped } }

    /// Whether the agent's connection has ended.
    package var isGone: Bool { state.withLock { $0.isGone } }

    // MARK: - One call

    /// From now on notices are those of `call`; or the call that is under way goes on with its next round.
    func begin(_ call: LineCall) {
        let stream = state.withLock { state in
            if state.call == nil { state.isGivenUp = state.isGone && call.endsWithConnection }
            state.call = call
            return state.stream
        }
        stream?.goOn(with: call.intent)
    }

    /// Whether the call under way was given up.
    var isGivenUp: Bool { state.withLock { $0.isGivenUp } }

    /// Sends events that rest on a record of their own, behind the notices before them; opens the stream. False when the
    /// agent has left or has given the call up.
    func tell(_ recorded: consuming AuditedResponse) -> Bool {
        let events = recorded.draft.body
        let (isTold, mustSend) = state.withLock { state in
            guard state.call != nil, !state.isGone, !state.isGivenUp else { return (false, false) }
            state.append(events)
            return (true, state.startSending())
        }
        if mustSend { sendAll() }
        return isTold
    }

    /// From now on the connection belongs to a standing stream, until its last piece is out.
    func stand(_ side: StandingSide) { state.withLock { $0.standing = $0.isGone ? nil : side } }

    /// The standing stream has ended, and all of it is out.
    package func standsNoMore() { state.withLock { $0.standing = nil } }

    /// Nothing more is heard. Gives the stream when one was opened: it is to be closed then, with the outcome.
    func end() -> AuditedStream? {
        let (stream, held, running) = state.withLock { state in
            defer { state.endCall() }
            return (state.stream, state.held, state.isHolding ? state.running : nil)
        }
        running?.hold(false)
        if let stream, let held, stream.send(held) {
            state.withLock { $0.count(held.count) }
        }
        return stream
    }

    // MARK: - The upstream's side

    package func attach(_ running: any RunningCall) -> Bool {
        state.withLock { state in
            guard !state.isGivenUp else { return false }
            state.running = running
            return true
        }
    }

    package func hear(_ notice: UpstreamNotice) {
        let mustSend = state.withLock { state in
            guard let call = state.call, !state.isGone, let message = notice.message(token: call.token) else {
                return false
            }
            state.take(ServerSentEvent.encode(message), isProgress: notice.kind == .progress, limits)
            return state.startSending()
        }
        if mustSend { sendAll() }
        slowDown()
    }

    /// Sends what is in line, one sender at a time, so that two threads cannot change the order.
    private func sendAll() {
        while let (event, stream, opening) = state.withLock({ $0.next() }) {
            if let stream {
                stream.send(event)
            } else if let call = opening {
                var head = call.head
                head.body = event
                let opened = call.audit.openStream(for: call.intent, head: head, to: sink)
                let round = state.withLock { state in
                    state.stream = opened
                    return state.call?.intent
                }
                // The next round may have begun while this was opened.
                if let round { opened.goOn(with: round) }
            }
        }
    }

    private func slowDown() {
        let running = state.withLock { state -> (any RunningCall)? in
            guard !state.isHolding, !state.isGone, state.isAbove(bytes: limits.pauseBytes, events: limits.pauseEvents)
            else { return nil }
            state.isHolding = true
            return state.running
        }
        running?.hold(true)
    }

    // MARK: - The agent's side

    /// Events of this many bytes are out of our hands.
    package func wrote(_ bytes: Int, events: Int = 1) {
        if let standing = state.withLock({ $0.standing }) { return standing.wrote() }
        let (mustSend, running) = state.withLock { state -> (Bool, (any RunningCall)?) in
            state.discount(bytes, events: events)
            state.releaseHeld(limits)
            return (state.startSending(), state.resume(below: limits))
        }
        if mustSend { sendAll() }
        running?.hold(false)
    }

    /// The connection is gone. In the modern era that gives the call up; in the session era it goes on unheard.
    /// Source: MCP 2026-07-28, Cancellation; MCP 2025-11-25, Transports, "Sending Messages", 6.
    package func agentLeft() {
        let (running, isGivenUp, standing) = state.withLock { state -> ((any RunningCall)?, Bool, StandingSide?) in
            state.leave()
            defer { state.standing = nil }
            return (state.running, state.isGivenUp, state.standing)
        }
        standing?.left()
        if isGivenUp { running?.cancel() } else { running?.hold(false) }
    }

    /// The agent gives up `call`; nothing happens when this line is at another one.
    func cancel(_ call: CallID) {
        let running = state.withLock { state -> (any RunningCall)? in
            guard let current = state.call, current.intent.call == call else { return nil }
            state.isGivenUp = true
            return state.running
        }
        running?.cancel()
    }
}
