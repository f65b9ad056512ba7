extension JSONValue {
    /// Whether `test` accepts the text of a key, string or number anywhere inside; strings unescaped, without their quotes.
    package func hasText(where test: (ArraySlice<UInt8>) -> Bool) -> Bool {
        for token in document.tape[index..<max(index + 1, Int(self.token.next))] where !token.isContainer {
            guard token.isString || token.form == .number else { continue }
            let isAccepted =
                token.hasEscapes ? test(Array(document.unescaped(token))[...]) : test(document.text(of: token))
            if isAccepted { return true }
        }
        return false
    }
}
