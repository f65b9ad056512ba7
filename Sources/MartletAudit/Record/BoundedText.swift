extension String {
    /// The text when it has at most `limit` bytes of UTF-8, else its start with `…` behind it, `limit` bytes at most.
    ///
    /// Texts that a caller or an upstream chose are bounded before they enter a leaf, so that no request can make its
    /// own record too large to be written.
    func bounded(to limit: Int = 256) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: max(0, limit - 3))
        while end > utf8.startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return String(self[..<end]) + "…"
    }
}
