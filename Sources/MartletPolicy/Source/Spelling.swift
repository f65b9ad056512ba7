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

    /// Optimal string alignment distance over bytes: an edit inserts, deletes, replaces, or exchanges two neighbours.
    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = rows[row][column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, rows[row][column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, rows[row - 1][column - 1] + 1)
                }
                current.append(best)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
