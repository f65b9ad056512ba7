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

    private func write(_ part: AuditedPart) {
        guard let context else { return }
        switch part.content {
        case .head(let status, let headers): begin(status, headers, context)
        case .event(let bytes):
            var buffer = context.channel.allocator.buffer(capacity: bytes.count + 16)
            ResponseBytes.writeChunk(bytes, to: &buffer)
            let line = line
            send(buffer, context).whenComplete { _ in line?.wrote(bytes.count) }
        case .end:
            var buffer = context.channel.allocator.buffer(capacity: 8)
            ResponseBytes.writeLastChunk(to: &buffer)
            let sent = send(buffer, context)
            stream?.keepAlive.cancel()
            stream?.end = sent
        }
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
        guard let context, let stream, stream.unwritten == 0 else { return }
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

    /// The task that answered has ended: the next request may come when everything is out.
    ///
    /// A stream that was not ended, or an answer beside it, cannot be told from the outside: the connection goes.
    func endStream(keepAlive: Bool, isWhole: Bool) {
        guard isWhole, let end = stream?.end, let loop = context?.eventLoop else {
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
