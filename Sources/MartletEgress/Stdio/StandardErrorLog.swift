import NIOCore

/// Reads a child's standard error line by line for the operator's log. Not evidence, and never an error by itself.
///
/// Bounded: a longer line is cut, and what cannot be shown safely in a terminal is escaped.
/// Source: MCP 2026-07-28, Transports, "stdio".
final class StandardErrorLog: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    static let maximumLineBytes = 1024

    private let lines: StandardErrorLines
    private var line: [UInt8] = []
    private var isCut = false

    init(_ lines: StandardErrorLines) { self.lines = lines }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for byte in unwrapInboundIn(data).readableBytesView {
            if byte == UInt8(ascii: "\n") {
                flush()
            } else if line.count < Self.maximumLineBytes {
                line.append(byte)
            } else {
                isCut = true
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { flush() }

    private func flush() {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.isEmpty { lines.take(Self.escaped(line) + (isCut ? " …" : "")) }
        line.removeAll(keepingCapacity: true)
        isCut = false
    }

    /// Control characters, line and paragraph separators and direction marks as `\u{…}`; invalid UTF-8 as U+FFFD.
    static func escaped(_ bytes: [UInt8]) -> String {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
