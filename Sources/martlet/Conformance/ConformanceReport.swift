import MartletJSON

/// What the suite found, check by check.
struct ConformanceReport: Sendable {
    let url: String
    let lines: [(check: IntermediaryCheck, finding: Finding)]

    init(_ prober: Prober) {
        url = prober.target.url
        var prober = prober
        prober.isServed = prober.result(prober.list()) != nil
        lines = IntermediaryCheck.all.map { [prober] in ($0, $0.run(prober)) }
    }

    var isHeld: Bool { count("broken") == 0 }

    func count(_ word: String) -> Int { lines.filter { $0.finding.word == word }.count }

    var summary: String {
        "\(count("held")) held, \(count("broken")) broken, \(count("not exercised")) not exercised"
    }

    /// One line for each check; what is not held says why below.
    var text: String {
        var rows: [String] = []
        for (check, finding) in lines {
            rows.append("\(finding.word.padded(15))\(check.id.padded(30))\(check.what)")
            switch finding {
            case .held: break
            case .broken(let found):
                rows.append("\("".padded(15))expected \(check.expected); found \(Self.printable(found))")
            case .notExercised(let reason): rows.append("\("".padded(15))\(Self.printable(reason))")
            }
        }
        return (rows + ["", "\(url): \(summary)"]).joined(separator: "\n")
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("url", string: url)
        writer.key("checks")
        writer.beginArray()
        for (check, finding) in lines {
            writer.beginObject()
            writer.member("id", string: check.id)
            writer.member("what", string: check.what)
            writer.member("expected", string: check.expected)
            writer.member("result", string: finding.word)
            if let detail = finding.detail { writer.member("detail", string: detail) }
            writer.endObject()
        }
        writer.endArray()
        for word in ["held", "broken", "not exercised"] {
            writer.member(word == "not exercised" ? "not_exercised" : word, int: count(word))
        }
        writer.endObject()
        return writer.bytes
    }

    /// What a gateway answered does not control the terminal.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
