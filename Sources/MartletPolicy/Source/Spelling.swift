/// Finds the known word an unknown one was probably meant to be.
package enum Spelling {
    /// `did you mean "upstreams"?` when a known word is near, else `known here: …`.
    package static func advice(for word: String, among known: [String]) -> String {
        if let nearest = nearest(to: word, among: known) { return "did you mean \"\(nearest)\"?" }
        return known.isEmpty ? "remove it" : "known here: " + known.sorted().joined(separator: ", ")
    }

    /// The known word with the fewest edits, at most a third of its length; the first in order when several tie.
    static func nearest(to word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let ranked = known.sorted().map { (word: $0, edits: edits(Array(word.utf8), Array($0.utf8))) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, best.word.utf8.count / 3) ? best.word : nil
    }

    /// Levenshtein distance over bytes.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (byte == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
