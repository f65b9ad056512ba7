/// Reads one document in one pass onto a flat tape; iterative, so that depth costs no stack.
///
/// Refuses everything on which parsers are known to differ, because the same bytes are decided upon here and executed
/// by an upstream with another parser. Source: RFC 8259; RFC 7493 (I-JSON) sections 2.1 to 2.3.
struct JSONParser {
    let bytes: [UInt8]
    let limits: JSONLimits
    let depthLimit: Int
    var position = 0
    var tape: [JSONToken] = []
    var isCompact = true
    /// The innermost open container on the tape, -1 outside of all.
    private var container = -1
    private var isInObject = false
    private var depth = 0
    private var keys = KeySet()

    init(_ bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
        depthLimit = min(limits.maximumDepth, JSONLimits.depthCeiling)
        // One allocation for a usual request; only long documents grow it.
        tape.reserveCapacity(min(bytes.count / 8 + 8, 4096))
    }

    mutating func document() throws(JSONError) -> JSONDocument {
        let limit = min(limits.maximumBytes, JSONLimits.byteCeiling)
        guard bytes.count <= limit else { throw .tooLarge(offset: limit) }
        guard bytes.count < 3 || bytes[0] != 0xEF || bytes[1] != 0xBB || bytes[2] != 0xBF else {
            throw .byteOrderMark(offset: 0)
        }
        skipWhitespace()
        repeat { while try value() {} } while try separator()
        skipWhitespace()
        guard position == bytes.count else { throw .trailingBytes(offset: position) }
        return JSONDocument(bytes: bytes, tape: tape, isCompact: isCompact)
    }

    /// Reads a scalar, an empty container (false), or the opening of a container up to its first value (true).
    private mutating func value() throws(JSONError) -> Bool {
        let byte = try peek()
        switch byte {
        case ASCII.quote: try string(isKey: false)
        case ASCII.openObject: return try open(.object)
        case ASCII.openArray: return try open(.array)
        case ASCII.minus, ASCII.zero...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try literal("true", .true)
        case UInt8(ascii: "f"): try literal("false", .false)
        case UInt8(ascii: "n"): try literal("null", .null)
        default: throw .unexpectedByte(offset: position)
        }
        return false
    }

    /// Reads what follows a value: closing brackets, then a comma (true: a value follows) or the end (false).
    private mutating func separator() throws(JSONError) -> Bool {
        while container >= 0 {
            skipWhitespace()
            let byte = try peek()
            if byte == ASCII.comma {
                position += 1
                try beginItem()
                return true
            }
            guard byte == (isInObject ? ASCII.closeObject : ASCII.closeArray) else {
                throw .unexpectedByte(offset: position)
            }
            try close()
        }
        return false
    }

    private mutating func open(_ form: JSONToken.Form) throws(JSONError) -> Bool {
        guard depth < depthLimit else { throw .tooDeep(offset: position) }
        let index = tape.count
        try append(JSONToken(form, start: position, end: position, next: container))
        container = index
        isInObject = form == .object
        depth += 1
        position += 1
        skipWhitespace()
        if try peek() == (isInObject ? ASCII.closeObject : ASCII.closeArray) {
            try close()
            return false
        }
        try beginItem()
        return true
    }

    /// Counts one element or member of the open container and reads the member's key.
    private mutating func beginItem() throws(JSONError) {
        tape[container].countOne()
        skipWhitespace()
        guard isInObject else { return }
        guard try peek() == ASCII.quote else { throw .unexpectedByte(offset: position) }
        try string(isKey: true)
        skipWhitespace()
        guard try peek() == ASCII.colon else { throw .unexpectedByte(offset: position) }
        position += 1
        skipWhitespace()
    }

    private mutating func close() throws(JSONError) {
        position += 1
        if isInObject, let offset = keys.duplicate(in: container, of: tape, bytes) {
            throw .duplicateKey(offset: offset)
        }
        let closed = container
        container = Int(Int32(bitPattern: tape[closed].next))
        tape[closed].next = UInt32(truncatingIfNeeded: tape.count)
        tape[closed].end = UInt32(truncatingIfNeeded: position)
        isInObject = container >= 0 && tape[container].isObject
        depth -= 1
    }
}

extension JSONParser {
    mutating func append(_ token: JSONToken) throws(JSONError) {
        guard tape.count < limits.maximumTokens else { throw .tooManyValues(offset: Int(token.start)) }
        tape.append(token)
    }

    /// The byte at the position, which is not consumed.
    @inline(__always)
    func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position) }
        return bytes[position]
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < bytes.count, ASCII.isWhitespace(bytes[position]) {
            position += 1
            isCompact = false
        }
    }
}
