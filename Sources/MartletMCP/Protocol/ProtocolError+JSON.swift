import MartletJSON

extension ProtocolError {
    /// A body the JSON parser refuses: -32700 when it is no JSON, -32600 when it is JSON that two readers could take
    /// differently or that is out of bounds.
    init(_ error: JSONError) {
        switch error {
        case .unexpectedByte, .unexpectedEnd, .trailingBytes, .byteOrderMark, .invalidUTF8, .invalidEscape,
            .controlCharacter, .invalidNumber:
            self = .parseError(error.description)
        case .duplicateKey, .nulInKey, .loneSurrogate, .numberTooLong, .stringTooLong, .tooDeep, .tooManyValues,
            .numberNotExact:
            self = .ambiguousBody(error.description)
        case .tooLarge:
            self = .bodyTooLarge
        }
    }
}
