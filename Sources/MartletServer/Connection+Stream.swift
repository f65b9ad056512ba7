import MartletAudit
import MartletCore
import MartletGateway
import MartletMCP
import NIOCore
import Synchronization

/// An answer on its way in pieces.
struct StreamedAnswer {
    /// Says from time to time that the stream lives.
    let keepAlive: RepeatedTask
    /// Writes the socket has not taken yet.
    var unwritten = 0
    /// Set by the last piece: done when the socket has taken everything.
    var end: EventLoopFuture<Void>?
    /// What is to leave at the end of this turn of the loop.
    private(set) var gathered = Gathered()

    init(keepAlive: RepeatedTask) { self.keepAlive = keepAlive }

    struct Gathered {
        var chunks = ByteBuffer()
        var bytes = 0
        var events = 0
    }

    mutating func gather(_ event: [UInt8]) {
        ResponseBytes.writeChunk(event, to: &gathered.chunks)
        gathered.bytes += event.count
        gathered.events += 1
    }

    mutating func gatherEnd() { ResponseBytes.writeLastChunk(to: &gathered.chunks) }

    /// Gives what was gathered, and starts anew.
    mutating func take() -> Gathered {
        defer { gathered = Gathered() }
        return gathered
    }
}

/// The pieces on their way to the loop that writes them. As many as an `AgentLine` lets out.
private final class PartQueue: Sendable {
    private let parts = Mutex<[AuditedPart]>([])
    func push(_ part: AuditedPart) { parts.withLock { $0.append(part) } }
    func pop() -> AuditedPart? { parts.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}

/// Sends the pieces of an audited stream, in the order in which they come.
extension Connection {
    /// The line's pieces may come from any thread: they are written in the order in which they came, also when one
    /// that came on the loop would be faster than one that is still on its way there.
    func makeLine(on loop: any EventLoop) -> AgentLine {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let parts = PartQueue()
        return AgentLine { part in
            parts.push(part)
            if loop.inEventLoop {
                while let next = parts.pop() { bound.value.write(next) }
            } else {
                loop.execute { while let next = parts.pop() { bound.value.write(next) } }
            }
        }
    }

    /// Pieces that come in one turn of the loop leave in one system call, at the end of that turn.
    private func write(_ part: AuditedPart) {
        guard let context else { return }
        switch part.content {
        case .head(let status, let headers): begin(status, headers, context)
        case .event(let bytes):
            let isFirst = stream?.gathered.events == 0
            stream?.gather(bytes)
            guard isFirst else { return }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            context.eventLoop.execute { bound.value.sendGathered() }
        case .end:
            stream?.gatherEnd()
            stream?.keepAlive.cancel()
            // First sent, then noted: sending changes the stream too.
            let sent = sendGathered()
            stream?.end = sent
            endStandingStream()
        }
    }

    @discardableResult
    private func sendGathered() -> EventLoopFuture<Void>? {
        guard let context, let gathered = stream?.take(), gathered.chunks.readableBytes > 0 else { return nil }
        let sent = send(gathered.chunks, context)
        let line = line
        sent.whenComplete { _ in line?.wrote(gathered.bytes, events: gathered.events) }
        return sent
    }

    private func begin(_ status: Int, _ headers: [(name: String, value: String)], _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let pause = TimeAmount.seconds(settings.keepAlive.count)
        let keepAlive = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
            bound.value.sayAlive()
        }
        stream = StreamedAnswer(keepAlive: keepAlive)
        var buffer = context.channel.allocator.buffer(capacity: 256)
        ResponseBytes.writeStreamHead(status: status, headers, to: &buffer)
        // It leaves with the event behind it.
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    private func sayAlive() {
        guard let context, let stream, stream.unwritten == 0, stream.gathered.events == 0 else { return }
        var buffer = context.channel.allocator.buffer(capacity: 32)
        ResponseBytes.writeChunk(ServerSentEvent.keepAlive, to: &buffer)
        _ = send(buffer, context)
    }

    /// Writes a piece and keeps watch over a reader that takes nothing: `closeIfSilent` ends it.
    private func send(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        stream?.unwritten += 1
        if writingSince == nil { writingSince = .now() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let written = context.writeAndFlush(wrapOutboundOut(buffer))
        written.whenComplete { _ in bound.value.hasTakenPiece() }
        return written
    }

    private func hasTakenPiece() {
        guard var stream else { return }
        stream.unwritten -= 1
        self.stream = stream
        lastProgress = .now()
        writingSince = stream.unwritten > 0 ? lastProgress : nil
    }

    /// The task that opened a standing stream has ended, the stream goes on; maybe it is over already.
    func stand(keepAlive: Bool) {
        standing = keepAlive
        if stream?.end != nil { endStandingStream() }
    }

    private func endStandingStream() {
        guard let keepAlive = standing else { return }
        standing = nil
        line?.standsNoMore()
        endStream(keepAlive: keepAlive, isWhole: true)
    }

    /// The task that answered has ended: the next request may come when everything is out.
    ///
    /// A stream that was not ended, or an answer beside it, cannot be told from the outside: the connection goes.
    func endStream(keepAlive: Bool, isWhole: Bool) {
        guard isWhole, let end = stream?.end, let loop = context?.eventLoop else {
            sendGathered()
            context?.close(promise: nil)
            return
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        end.whenComplete { _ in
            bound.value.stream = nil
            bound.value.hasWritten(keepAlive: keepAlive)
        }
    }
}
