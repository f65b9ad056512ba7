/// Something wrong in a file an operator wrote: where, what, and how to put it right. One line each.
package struct SourceProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as the operator named it.
    package let file: String
    /// Counted from 1.
    package let line: Int
    package let problem: String
    package let fix: String

    package init(file: String, line: Int, problem: String, fix: String) {
        self.file = file
        self.line = line
        self.problem = problem
        self.fix = fix
    }

    /// `martlet.yaml:12: unknown key "upstrem"; did you mean "upstreams"?`
    package var description: String { Self.oneLine("\(file):\(line): \(problem); \(fix)") }

    /// Control characters of the file's own text must not draw a second line on the operator's terminal.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isPrintable($0) ? $0 : "?" }))
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

/// The problems of one file, in the making.
package struct SourceProblems: Sendable {
    package let file: String
    package private(set) var all: [SourceProblem] = []

    package init(file: String) { self.file = file }

    package mutating func add(line: Int, _ problem: String, fix: String) {
        all.append(SourceProblem(file: file, line: line, problem: problem, fix: fix))
    }
}
