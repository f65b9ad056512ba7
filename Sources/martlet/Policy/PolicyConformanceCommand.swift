import ArgumentParser

struct PolicyConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance", abstract: "Compares the Cedar engine with the answers in test packs.",
        discussion: """
            A pack has one case in a line: policies, schema, entities, requests, and what the reference answers; plain, or
            packed by gzip. Exit code 1: something differs. 2: nothing differs, but a line or file was not read.
            Example: martlet policy conformance corpus.jsonl.gz mcp.jsonl.gz
            """)

    @Argument(help: "Test packs; `-` is standard input.") var files: [String]
    @Option(help: "How many differences are shown (0 to 100000).") var show = 10
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("name a pack") }
        guard (0...100_000).contains(show) else { throw ValidationError("--show takes 0 to 100000") }
    }

    func run() throws {
        var tally = PackTally(limit: show)
        for file in files { tally.read(file) }
        Terminal.print(json ? tally.json : tally.text)
        if tally.differing > 0 { throw ExitCode(1) }
        if tally.malformed > 0 || tally.cases == 0 { throw ExitCode(2) }
    }
}

extension PackTally {
    /// Runs every case of a pack. A line that cannot be read is counted, and the next one is read.
    fileprivate mutating func read(_ file: String) {
        var tally = self
        let failure = PackLines.read(file) { number, line in
            guard let line else { return tally.refuse("\(file):\(number): the line is longer than 64 MiB") }
            do throws(PackCase.Malformed) {
                var run = PackRun(try PackCase(line), file: file, line: number, tally: tally)
                run.run()
                tally = run.tally
            } catch {
                tally.refuse("\(file):\(number): \(error.reason)")
            }
        }
        if let failure { tally.refuse("\(file): \(failure)") }
        self = tally
    }
}
