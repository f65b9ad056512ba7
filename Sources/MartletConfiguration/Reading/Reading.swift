import MartletCore
import MartletPolicy

/// What one reading of a configuration has at hand, and what it has found wrong so far.
struct Reading {
    /// The configuration file as the operator named it.
    let file: String
    let environment: [String: String]
    let now: UnixTime
    private(set) var problems: SourceProblems
    /// Problems of the files the configuration names, in the order in which they were read.
    var foreign: [SourceProblem] = []

    init(file: String, environment: [String: String], now: UnixTime) {
        self.file = file
        self.environment = environment
        self.now = now
        problems = SourceProblems(file: file)
    }

    mutating func add(_ line: Int, _ problem: String, fix: String) { problems.add(line: line, problem, fix: fix) }

    /// A path as the operator wrote it, relative to the configuration file.
    func resolve(_ path: String) -> String {
        var path = path
        while path.hasPrefix("./") { path.removeFirst(2) }
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    /// All problems: the configuration's own by line, then those of other files, each by line.
    var all: [SourceProblem] {
        let files = foreign.reduce(into: [String]()) { if !$0.contains($1.file) { $0.append($1.file) } }
        return byLine(problems.all) + files.flatMap { file in byLine(foreign.filter { $0.file == file }) }
    }

    private func byLine(_ problems: [SourceProblem]) -> [SourceProblem] {
        problems.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
    }
}
