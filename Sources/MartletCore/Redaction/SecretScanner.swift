/// Finds what looks like a credential or a payment card in a text. Pure.
///
/// It knows forms, not meanings: a password in a sentence is not found. Every rule is one pass from a byte it may begin with.
package enum SecretScanner {
    /// What was found. Raw values stand in records: never renamed.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The credentials of an `Authorization` header (`Bearer …`, `Basic …`).
        case authorization
        /// Three to five parts of base64url, the first of which is a JSON object. Source: RFC 7515, RFC 7516.
        case jsonWebToken = "jwt"
        /// PEM, from its first to its last line. Source: RFC 7468.
        case privateKey = "private_key"
        case awsKey = "aws_key"
        case githubToken = "github_token"
        case slackToken = "slack_token"
        /// A key with the prefix of another well-known service.
        case serviceKey = "service_key"
        /// 13 to 19 digits of a card issuer's range whose check digit is right. Source: ISO/IEC 7812-1, annex B.
        case cardNumber = "card_number"
    }

    package struct Match: Hashable, Sendable {
        package let range: Range<Int>
        package let kind: Kind
    }

    /// Whether anything is found.
    package static func finds(in text: ArraySlice<UInt8>) -> Bool {
        var scan = Scan(text)
        return scan.next() != nil
    }

    /// Everything that is found, in order, without overlap. Ranges count from the first byte of `text`.
    package static func matches(in text: [UInt8]) -> [Match] {
        var (scan, found) = (Scan(text[...]), [Match]())
        while let match = scan.next() { found.append(match) }
        return found
    }

    /// The text with a mark in place of each match.
    package static func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let found = matches(in: bytes)
        guard !found.isEmpty else { return text }
        var (output, place) = ([UInt8](), 0)
        for match in found {
            output += bytes[place..<match.range.lowerBound]
            output += mark(match.kind.rawValue).utf8
            place = match.range.upperBound
        }
        return String(decoding: output + bytes[place...], as: UTF8.self)
    }

    /// What stands in place of a value.
    package static func mark(_ rule: String) -> String { "[redacted:\(rule)]" }
    /// What every mark begins with.
    package static let markStart = Array("[redacted:".utf8)
}

extension SecretScanner {
    /// One pass over a text. What strangers write must not make it more than one: see `barren`.
    private struct Scan {
        private let text: ArraySlice<UInt8>
        private var place: Int
        /// Up to here stands a run of base64url in which no token begins: each beginning in it would have the same end.
        private var barren: Int

        init(_ text: ArraySlice<UInt8>) {
            self.text = text
            (place, barren) = (text.startIndex, text.startIndex)
        }

        /// The next match, behind the one before.
        mutating func next() -> Match? {
            while place < text.endIndex {
                let byte = text[place]
                if SecretScanner.isDigit(byte) {
                    if let end = SecretScanner.card(text, place) {
                        return found(Match(range: place..<end, kind: .cardNumber))
                    }
                    // The rest of the run is no card either: one begins where digits begin.
                    while place < text.endIndex, SecretScanner.isDigit(text[place]) { place += 1 }
                    continue
                }
                if SecretScanner.begins(byte), let match = token() ?? SecretScanner.word(text, place, byte) {
                    return found(match)
                }
                place += 1
            }
            return nil
        }

        private mutating func found(_ match: Match) -> Match {
            place = match.range.upperBound
            return match
        }

        /// `eyJ` is `{"` and the first bits of a letter.
        private mutating func token() -> Match? {
            guard place >= barren, place + 2 < text.endIndex, text[place] == UInt8(ascii: "e"),
                text[place + 1] == UInt8(ascii: "y"), text[place + 2] == UInt8(ascii: "J")
            else { return nil }
            let first = SecretScanner.run(text, place, SecretScanner.isBase64URL)
            guard first - place >= 10, let end = SecretScanner.tokenEnd(text, first) else {
                barren = first
                return nil
            }
            return Match(range: place..<end, kind: .jsonWebToken)
        }
    }

    /// Whether a token, a scheme, a private key or one of `forms` may begin with this byte: all else is passed at once.
    private static func begins(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "e"), UInt8(ascii: "B"), UInt8(ascii: "b"), UInt8(ascii: "-"), UInt8(ascii: "A"),
            UInt8(ascii: "g"), UInt8(ascii: "x"), UInt8(ascii: "s"), UInt8(ascii: "r"):
            true
        default: false
        }
    }

    /// Looks at the second byte first: most letters begin nothing.
    private static func word(_ text: ArraySlice<UInt8>, _ place: Int, _ byte: UInt8) -> Match? {
        guard place + 1 < text.endIndex else { return nil }
        switch (byte, text[place + 1] | 0x20) {
        case (UInt8(ascii: "B"), UInt8(ascii: "e")), (UInt8(ascii: "b"), UInt8(ascii: "e")):
            return authorization("bearer", text, place)
        case (UInt8(ascii: "B"), UInt8(ascii: "a")), (UInt8(ascii: "b"), UInt8(ascii: "a")):
            return authorization("basic", text, place)
        case (UInt8(ascii: "-"), UInt8(ascii: "-")): return privateKey(text, place)
        case (UInt8(ascii: "A"), _), (UInt8(ascii: "g"), UInt8(ascii: "h")), (UInt8(ascii: "g"), UInt8(ascii: "i")),
            (UInt8(ascii: "g"), UInt8(ascii: "l")), (UInt8(ascii: "x"), UInt8(ascii: "o")),
            (UInt8(ascii: "x"), UInt8(ascii: "a")), (UInt8(ascii: "s"), UInt8(ascii: "k")),
            (UInt8(ascii: "r"), UInt8(ascii: "k")):
            for form in forms where form.prefix[0] == byte {
                if let end = form.end(in: text, at: place) { return Match(range: place..<end, kind: form.kind) }
            }
            return nil
        default: return nil
        }
    }

    // MARK: Forms with a prefix

    private struct Form {
        let kind: Kind
        let prefix: [UInt8]
        /// Bytes behind the prefix, at least.
        let minimum: Int
        let isAllowed: @Sendable (UInt8) -> Bool

        init(_ kind: Kind, _ prefix: String, _ minimum: Int, _ isAllowed: @escaping @Sendable (UInt8) -> Bool) {
            self.kind = kind
            self.prefix = Array(prefix.utf8)
            self.minimum = minimum
            self.isAllowed = isAllowed
        }

        func end(in text: ArraySlice<UInt8>, at place: Int) -> Int? {
            guard text[place...].starts(with: prefix) else { return nil }
            let start = place + prefix.count
            let end = SecretScanner.run(text, start, isAllowed)
            return end - start >= minimum ? end : nil
        }
    }

    private static let forms: [Form] = {
        let aws = ["AKIA", "ASIA", "ABIA", "ACCA"].map { Form(.awsKey, $0, 16, isUpperOrDigit) }
        let github = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"].map {
            Form(.githubToken, $0, 20, isTokenByte)
        }
        let slack = ["xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"].map {
            Form(.slackToken, $0, 10, isTokenByte)
        }
        let services = ["sk-ant-", "sk-proj-", "sk_live_", "sk_test_", "rk_live_", "glpat-", "AIza"].map {
            Form(.serviceKey, $0, 20, isTokenByte)
        }
        return aws + github + slack + services
    }()

    // MARK: The others

    /// Where a token ends whose first part ends at `first`; nil when what follows is no second part.
    private static func tokenEnd(_ text: ArraySlice<UInt8>, _ first: Int) -> Int? {
        guard first < text.endIndex, text[first] == UInt8(ascii: ".") else { return nil }
        var end = run(text, first + 1, isBase64URL)
        guard end - first > 4 else { return nil }
        while end < text.endIndex, text[end] == UInt8(ascii: ".") { end = run(text, end + 1, isBase64URL) }
        return end
    }

    private static func authorization(_ scheme: String, _ text: ArraySlice<UInt8>, _ place: Int) -> Match? {
        guard isText(scheme, text, place) else { return nil }
        let space = place + scheme.utf8.count
        let start = run(text, space) { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ":") }
        // Before the rest is looked at: a text of nothing but schemes must not be looked at once for each of them.
        guard start > space else { return nil }
        let end = run(text, start, isToken68)
        // A word of a sentence has no digits and no punctuation inside.
        let isWord = text[start..<end].allSatisfy { isLetter($0) || $0 == UInt8(ascii: ".") }
        guard end - start >= 16, !isWord else { return nil }
        return Match(range: start..<end, kind: .authorization)
    }

    private static func privateKey(_ text: ArraySlice<UInt8>, _ place: Int) -> Match? {
        guard isText("-----begin ", text, place) else { return nil }
        let label = run(text, place + 11) { isUpperOrDigit($0) || $0 == 0x20 }
        let name = text[(place + 11)..<label]
        guard contains(name, "PRIVATE KEY") else { return nil }
        var end = label
        while end < text.endIndex {
            if text[end] == UInt8(ascii: "-"), isText("-----end ", text, end) {
                let last = run(text, end + 9) { isUpperOrDigit($0) || $0 == 0x20 }
                return Match(range: place..<run(text, last) { $0 == UInt8(ascii: "-") }, kind: .privateKey)
            }
            end += 1
        }
        return Match(range: place..<text.endIndex, kind: .privateKey)
    }

    /// The end of the longest card number that begins at `place`, where a run of digits begins. Groups may stand apart by one
    /// blank or dash.
    private static func card(_ text: ArraySlice<UInt8>, _ place: Int) -> Int? {
        var digits = CardDigits()
        var (end, found) = (place, Int?.none)
        while end < text.endIndex, digits.count <= 19 {
            if isDigit(text[end]) {
                digits.add(Int(text[end] - UInt8(ascii: "0")))
            } else {
                if digits.isCard { found = end }
                let isSeparator = text[end] == 0x20 || text[end] == UInt8(ascii: "-")
                guard isSeparator, end + 1 < text.endIndex, isDigit(text[end + 1]) else { return found }
            }
            end += 1
        }
        return end == text.endIndex && digits.isCard ? end : found
    }

    /// The digits of what may be a card number, as far as they count.
    private struct CardDigits {
        private(set) var count = 0
        private var prefix = 0
        /// The sums with every second digit doubled, from the first one on and from the second one on.
        private var sums = (even: 0, odd: 0)

        mutating func add(_ digit: Int) {
            if count < 4 { prefix = prefix * 10 + digit }
            let doubled = digit > 4 ? digit * 2 - 9 : digit * 2
            sums.even += count.isMultiple(of: 2) ? doubled : digit
            sums.odd += count.isMultiple(of: 2) ? digit : doubled
            count += 1
        }

        var isCard: Bool {
            guard (13...19).contains(count), (3000...6999).contains(prefix) || (2221...2720).contains(prefix) else {
                return false
            }
            return (count.isMultiple(of: 2) ? sums.even : sums.odd).isMultiple(of: 10)
        }
    }
}

extension SecretScanner {
    private static func run(_ text: ArraySlice<UInt8>, _ start: Int, _ isAllowed: (UInt8) -> Bool) -> Int {
        var end = min(start, text.endIndex)
        while end < text.endIndex, isAllowed(text[end]) { end += 1 }
        return end
    }

    /// Without regard to ASCII case; `word` is in lower case.
    private static func isText(_ word: String, _ text: ArraySlice<UInt8>, _ place: Int) -> Bool {
        guard text.endIndex - place >= word.utf8.count else { return false }
        return zip(word.utf8, text[place...]).allSatisfy { $0 == ($1 | ((0x41...0x5A).contains($1) ? 0x20 : 0)) }
    }

    private static func contains(_ text: ArraySlice<UInt8>, _ word: String) -> Bool {
        let word = Array(word.utf8)
        return text.indices.contains { text[$0...].starts(with: word) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
    private static func isUpperOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x41...0x5A).contains(byte) }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool { isTokenByte(byte) }

    /// Source: RFC 9110, section 11.2.
    private static func isToken68(_ byte: UInt8) -> Bool {
        isTokenByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }
}
