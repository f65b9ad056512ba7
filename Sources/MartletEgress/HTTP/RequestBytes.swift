import NIOCore
import NIOHTTP1

/// Takes the place of NIO's request encoder: the request comes as bytes, and goes out from here.
///
/// NIO's response decoder, which stands behind this, must know the method to tell where the answer ends: the part `head`
/// is there for it alone and ends here. The bytes take no way through the decoder.
final class RequestBytes: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head, .end: promise?.succeed()
        case .body: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    /// Sends bytes of the request whose head the decoder has heard of.
    func send(_ bytes: ByteBuffer, flushes: Bool, promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if flushes {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
        } else {
            context.write(wrapOutboundOut(bytes), promise: promise)
        }
    }

    /// What the decoder hears of a request of `method`.
    static func outline(_ method: HTTPMethod) -> HTTPRequestHead {
        switch method {
        case .POST: post
        case .GET: get
        default: HTTPRequestHead(version: .http1_1, method: method, uri: "/")
        }
    }

    private static let post = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
    private static let get = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
}
