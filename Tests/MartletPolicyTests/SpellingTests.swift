import MartletCore
import MartletPolicy
import Testing

@Suite("Problems and their advice")
struct SpellingTests {
    @Test(
        "an unknown word gets the nearest known one, or the list",
        arguments: [
            ("upstrem", "did you mean \"upstreams\"?"), ("listne", "did you mean \"listen\"?"),
            ("prot", "did you mean \"port\"?"), ("zzz", "known here: listen, port, upstreams"),
        ])
    func advice(word: String, expected: String) {
        #expect(Spelling.advice(for: word, among: ["upstreams", "port", "listen"]) == expected)
    }

    @Test("a problem is one line, whatever the file contains")
    func oneLine() {
        let problem = SourceProblem(file: "a", line: 1, problem: "unknown key \"x\ny\u{1B}[2J\u{202E}\"", fix: "z")
        #expect(problem.description == "a:1: unknown key \"x?y?[2J?\"; z")
    }

    @Test(
        "a duration is a whole number and one unit",
        arguments: [
            ("30s", 30), ("15m", 900), ("12h", 43_200), ("90d", 7_776_000), ("0s", 0), ("36525d", 3_155_760_000),
            ("36526d", nil), ("15", nil), ("m", nil), ("", nil), ("-1s", nil), ("1.5h", nil), ("1h30m", nil),
            ("1 h", nil),
            ("99999999999s", nil), ("1w", nil), ("１s", nil),
        ])
    func durations(text: String, seconds: Int64?) {
        #expect(Seconds(text)?.count == seconds)
        if let duration = Seconds(text) { #expect(Seconds(duration.text) == duration) }
    }
}
