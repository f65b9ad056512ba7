/// Decides the line breaks of a ``Layout``: a group stays on its line when all up to the next break fits.
///
/// Without recursion. Blank lines and spaces before a line feed are not written; texts are never changed.
struct LayoutRenderer {
    private struct Step {
        let layout: Layout
        let indent: Int
        let isBroken: Bool
    }

    private let width: Int
    private var steps: [Step]
    private var output = ""
    /// Where the line is, in columns, as the layout counts them.
    private var column = 0
    /// Spaces that are written when something follows them.
    private var pendingSpaces = 0
    private var isLineEmpty = true

    private init(_ layout: Layout, width: Int) {
        self.width = width
        steps = [Step(layout: layout, indent: 0, isBroken: true)]
    }

    /// The text, without a line feed at the end.
    static func render(_ layout: Layout, width: Int) -> String {
        var renderer = LayoutRenderer(layout, width: width)
        while let step = renderer.steps.popLast() { renderer.take(step) }
        return renderer.output
    }

    private mutating func take(_ step: Step) {
        switch step.layout {
        case .empty: break
        case .text(let text): write(text)
        case .hardBreak: breakLine(step.indent)
        case .softBreak(let flat): if step.isBroken { breakLine(step.indent) } else { write(flat) }
        case .sequence(let parts):
            for part in parts.reversed() {
                steps.append(Step(layout: part, indent: step.indent, isBroken: step.isBroken))
            }
        case .nested(let spaces, let inner):
            steps.append(Step(layout: inner, indent: step.indent + spaces, isBroken: step.isBroken))
        case .group(let inner):
            let isBroken = step.isBroken && !fits(inner)
            steps.append(Step(layout: inner, indent: step.indent, isBroken: isBroken))
        }
    }

    /// The line after a break is as deep as what comes next on it, which may stand outside of the nesting around the break.
    private mutating func breakLine(_ indent: Int) {
        column = steps.last?.indent ?? indent
        pendingSpaces = column
        isLineEmpty = true
    }

    private mutating func write(_ text: Substring) {
        column += DisplayWidth.of(text)
        guard text.contains(where: { $0 != " " }) else {
            pendingSpaces += text.utf8.count
            return
        }
        if isLineEmpty, !output.isEmpty { output.append("\n") }
        isLineEmpty = false
        output.append(String(repeating: " ", count: pendingSpaces))
        pendingSpaces = 0
        output.append(contentsOf: text)
    }

    /// Whether `layout` without a break, and what follows it up to the first break that can be, ends before the margin.
    private func fits(_ layout: Layout) -> Bool {
        var rest = steps.count
        var isBroken = false
        var open = [layout]
        var end = column
        while true {
            guard let next = open.popLast() else {
                guard rest > 0 else { return true }
                rest -= 1
                isBroken = true
                open.append(steps[rest].layout)
                continue
            }
            switch next {
            case .empty: break
            case .hardBreak: return isBroken
            case .softBreak(let flat):
                if isBroken { return true }
                end += flat.utf8.count
            case .text(let text): end += DisplayWidth.of(text)
            case .sequence(let parts): open.append(contentsOf: parts.reversed())
            case .nested(_, let inner), .group(let inner): open.append(inner)
            }
            guard end <= width else { return false }
        }
    }
}
