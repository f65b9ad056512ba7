@testable import MartletCedar

/// Writes comments and line feeds between the tokens of a text, in a reproducible way.
struct CommentScatter {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private static let blanks = [
        " // a\n", "\n// b\n", " // c\n // d  \n\n  //\n", "\n\n\n", "\r\n// e\t\r\n", " // \"f\n", "\t",
    ]

    mutating func scatter(over source: [UInt8]) throws(ParseError) -> [UInt8] {
        var lexer = Lexer(source)
        var output: [UInt8] = []
        var end = 0
        while true {
            let token = try lexer.next()
            output += source[end..<token.span.end]
            end = token.span.end
            guard token.kind != .end else { return output }
            let pick = next(below: 40)
            if pick < Self.blanks.count { output += Array(Self.blanks[pick].utf8) }
        }
    }

    /// SplitMix64.
    private mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word >> 31)) % UInt64(bound))
    }
}
