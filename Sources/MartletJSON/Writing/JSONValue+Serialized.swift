extension JSONValue {
    /// The value without whitespace, strings escaped minimally, number text and member order kept.
    ///
    /// Parsing the result gives the same value, and serialising that the same bytes.
    package func serialized() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(Int(token.length) + 2)
        append(to: &output)
        return output
    }

    /// The length of what ``serialized()`` gives.
    package var serializedCount: Int { document.isCompact ? token.written.count : serialized().count }

    /// The length of the value as it stands in its document: ``serialized()`` is never longer.
    package var writtenCount: Int { token.written.count }

    /// Appends what ``serialized()`` gives.
    func append(to output: inout [UInt8]) {
        let whole = token.written
        guard !document.isCompact else { return output.append(contentsOf: document.bytes[whole]) }
        // Between two tokens of an accepted document stand only brackets, colons, commas, quotes and whitespace.
        var copied = whole.lowerBound
        for token in document.tape[index..<Int(token.next)] where !token.isContainer {
            document.appendStructure(copied..<token.range.lowerBound, to: &output)
            document.appendScalar(token, to: &output)
            copied = token.range.upperBound
        }
        document.appendStructure(copied..<whole.upperBound, to: &output)
    }
}

extension JSONDocument {
    fileprivate func appendStructure(_ range: Range<Int>, to output: inout [UInt8]) {
        for index in range {
            let byte = bytes[index]
            if !ASCII.isWhitespace(byte), byte != ASCII.quote { output.append(byte) }
        }
    }

    /// Text without escapes holds nothing that needs one: it is copied with its quotes.
    func appendScalar(_ token: JSONToken, to output: inout [UInt8]) {
        if token.hasEscapes { return EscapedText.append(escaping: unescaped(token), to: &output) }
        output.append(contentsOf: bytes[token.written])
    }
}
