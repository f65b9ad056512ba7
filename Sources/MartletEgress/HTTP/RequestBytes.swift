import NIOCore
import NIOHTTP1

/// Takes the place of NIO's request encoder: the request comes as bytes, in one part `body`.
///
/// The part `head` is there for NIO's response decoder alone, which must know the method to tell where the answer ends.
final class RequestBytes: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = ByteBuffer

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .body(.byteBuffer(let bytes)): context.write(wrapOutboundOut(bytes), promise: promise)
        case .head, .end: promise?.succeed()
        case .body(.fileRegion): promise?.fail(ChannelError.operationUnsupported)
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
