import MartletAudit
import MartletEgress
import MartletMCP

/// What a line has to know about the call it is at.
struct LineCall: Sendable {
    let intent: IntentReceipt
    /// The agent's own name for the work; nil when it asked for no progress.
    let token: RequestID?
    /// Whether the agent gives the call up by closing its connection.
    let endsWithConnection: Bool
    let audit: AuditLog
    /// Status and headers of a streamed answer.
    let head: ResponseDraft
}

/// What a standing stream is told by the connection that carries it.
struct StandingSide: Sendable {
    /// A message is out of our hands.
    let wrote: @Sendable () -> Void
    /// The connection is gone.
    let left: @Sendable () -> Void
}

/// The state of an `AgentLine`: a synchronous value that says what to do.
struct LineState: Sendable {
    var call: LineCall?
    var stream: AuditedStream?
    var running: (any RunningCall)?
    /// The standing stream that the connection carries, between its opening and its end.
    var standing: StandingSide?
    var isGone = false
    var isGivenUp = false
    var isHolding = false
    private(set) var dropped = 0
    /// The latest progress there was no room for.
    private(set) var held: [UInt8]?
    private var line: [[UInt8]] = []
    private var isSending = false
    private var bytes = 0
    private var events = 0

    func isAbove(bytes: Int, events: Int) -> Bool { self.bytes >= bytes || self.events >= events }

    /// Puts an event in line when there is room. Progress that finds none replaces the one before: only the latest
    /// matters. Order stays: while something is held, nothing passes it.
    mutating func take(_ event: [UInt8], isProgress: Bool, _ limits: AgentLine.Limits) {
        if held == nil, hasRoom(for: event, limits) { return append(event) }
        if isProgress, event.count <= limits.bytes {
            if held != nil { dropped += 1 }
            held = event
        } else {
            dropped += 1
        }
    }

    mutating func releaseHeld(_ limits: AgentLine.Limits) {
        guard let event = held, call != nil, hasRoom(for: event, limits) else { return }
        held = nil
        append(event)
    }

    private func hasRoom(for event: [UInt8], _ limits: AgentLine.Limits) -> Bool {
        events < limits.events && bytes + event.count <= limits.bytes
    }

    mutating func append(_ event: [UInt8]) {
        line.append(event)
        count(event.count)
    }

    mutating func count(_ size: Int) {
        bytes += size
        events += 1
    }

    mutating func discount(_ size: Int, events count: Int) {
        bytes = max(0, bytes - size)
        events = max(0, events - count)
    }

    /// Whether the caller has to send what is in line; false when nothing is there or somebody is at it.
    mutating func startSending() -> Bool {
        guard !isSending, !line.isEmpty else { return false }
        isSending = true
        return true
    }

    /// The next event in line, and the stream for it or, before there is one, the call that opens it.
    mutating func next() -> (event: [UInt8], stream: AuditedStream?, opening: LineCall?)? {
        guard let call, !line.isEmpty else {
            line = []
            isSending = false
            return nil
        }
        return (line.removeFirst(), stream, stream == nil ? call : nil)
    }

    /// Goes on reading once half of the room is free again.
    mutating func resume(below limits: AgentLine.Limits) -> (any RunningCall)? {
        guard isHolding, !isAbove(bytes: limits.pauseBytes / 2, events: limits.pauseEvents / 2) else { return nil }
        isHolding = false
        return running
    }

    mutating func leave() {
        isGone = true
        isHolding = false
        line = []
        held = nil
        isGivenUp = isGivenUp || (call?.endsWithConnection ?? false)
    }

    mutating func endCall() {
        call = nil
        stream = nil
        running = nil
        held = nil
        isGivenUp = false
        isHolding = false
    }
}
