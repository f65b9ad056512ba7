package import MartletCore

/// The scope words a grant may use, and what each of them means.
///
/// Two kinds of words exist. `max_amount_<n>_<currency>` is understood by its form; every other word is the name of a
/// list that the configuration declares. There is no third kind: an unknown word fails the start.
package struct ScopeRegistry: Sendable {
    /// A named list of values that a bound argument may take.
    package struct List: Hashable, Sendable {
        /// Which binding of the tool holds the value, e.g. `vendor`.
        package let binding: String
        package let values: Set<ExactText>

        package init(binding: String, values: [String]) {
            self.binding = binding
            self.values = Set(values.map(ExactText.init))
        }
    }

    package enum Meaning: Hashable, Sendable {
        /// A positive amount up to and including the maximum, in this currency.
        case amountAtMost(Decimal, Currency)
        case listed(List)
    }

    private let lists: [String: List]

    package init(lists: [String: List]) { self.lists = lists }

    /// What `word` means; nil when it is unknown.
    package func meaning(of word: String) -> Meaning? {
        lists[word].map { .listed($0) } ?? Self.amount(word)
    }

    /// Whether `word` has the form of a word that needs no declaration; a list may not be named so.
    package static func isReserved(_ word: String) -> Bool { word.hasPrefix("max_amount_") }

    func advice(for word: String) -> String {
        if Self.isReserved(word) { return "write it like max_amount_1000_eur" }
        let known = Array(lists.keys)
        return known.isEmpty
            ? "declare the list under grants.lists" : Spelling.advice(for: word, among: known + ["max_amount_1000_eur"])
    }

    /// `max_amount_1000_eur`, `max_amount_99.50_usd`: a positive decimal without superfluous zeros in front.
    private static func amount(_ word: String) -> Meaning? {
        let parts = word.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].elementsEqual("max".utf8), parts[1].elementsEqual("amount".utf8),
            let first = parts[2].first, let last = parts[2].last, isDigit(first), isDigit(last),
            parts[2].allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }),
            first != UInt8(ascii: "0") || parts[2].dropFirst().first == UInt8(ascii: "."),
            let number = Decimal(String(decoding: parts[2], as: UTF8.self)), !number.isZero,
            parts[3].allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }),
            let currency = Currency(String(decoding: parts[3], as: UTF8.self).uppercased())
        else { return nil }
        return .amountAtMost(number, currency)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
