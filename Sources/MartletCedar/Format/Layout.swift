/// A text whose line breaks are still open: what a formatter says about a document.
///
/// Source: P. Wadler, "A prettier printer"; the details are those of the crate `pretty` 0.12, which the reference uses.
enum Layout: Sendable {
    /// Nothing.
    case empty
    /// A text that stays as it is; it may hold line feeds of its own.
    case text(Substring)
    /// A line break, always.
    case hardBreak
    /// A line break, or this text when the group around it fits on its line.
    case softBreak(Substring)
    /// One after the other; none of them is empty.
    case sequence([Layout])
    /// The breaks inside are followed by that many more spaces.
    indirect case nested(Int, Layout)
    /// Breaks as a whole or not at all.
    indirect case group(Layout)
}

extension Layout {
    /// A space, or a line break.
    static let line = Layout.softBreak(" ")
    /// Nothing, or a line break.
    static let cut = Layout.softBreak("")
    static let space = Layout.text(" ")

    static func text(_ text: String) -> Layout { .text(text[...]) }

    static func + (left: Layout, right: Layout) -> Layout {
        var both = left
        both += right
        return both
    }

    /// In place, so that a long list takes time in proportion to its length.
    static func += (left: inout Layout, right: Layout) {
        if right.isEmpty { return }
        var parts: [Layout] = []
        switch left {
        case .empty: break
        case .sequence(let others): parts = others
        case .text, .hardBreak, .softBreak, .nested, .group: parts = [left]
        }
        // Alone, so that the list is not copied.
        left = .empty
        parts.append(right)
        left = parts.count == 1 ? right : .sequence(parts)
    }

    var isEmpty: Bool { if case .empty = self { true } else { false } }

    func nested(by spaces: Int) -> Layout { isEmpty ? .empty : .nested(spaces, self) }

    var grouped: Layout { isEmpty ? .empty : .group(self) }
}
