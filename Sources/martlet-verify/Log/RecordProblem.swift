import MartletJSON

/// Why a leaf is no record of the gateway.
enum RecordProblem: Error, Hashable {
    case notJSON(String)
    case notObject
    case unknownVersion
    /// Absent, or not of its form.
    case badMember(String)
    /// The record names another place than the one it has.
    case otherIndex

    var text: String {
        switch self {
        case .notJSON(let reason): "it is no strict JSON: \(reason)"
        case .notObject: "it is no JSON object"
        case .unknownVersion: "it is of a version that this verifier does not know"
        case .badMember(let name): "its member \"\(name)\" is missing or malformed"
        case .otherIndex: "it names another index than its own"
        }
    }
}

/// The members that every record has, whatever it is about. Source: docs/operate/audit-log.md, "The records".
struct RecordShape {
    private static let limits: JSONLimits = {
        var limits = JSONLimits()
        limits.maximumBytes = 65_535
        return limits
    }()

    /// Reads a record in form.
    static func read(_ leaf: [UInt8], at index: UInt64) throws(RecordProblem) -> JSONValue {
        let record: JSONValue
        do throws(JSONError) {
            record = try JSONValue.parse(leaf, limits: limits)
        } catch {
            throw .notJSON("\(error)")
        }
        if let problem = problem(record, at: index) { throw problem }
        return record
    }

    private static func problem(_ record: JSONValue, at index: UInt64) -> RecordProblem? {
        guard record.kind == .object else { return .notObject }
        guard record.member("v")?.integer == 1 else { return .unknownVersion }
        for name in ["type", "id", "t", "node", "env"] where (record[name]?.string ?? "").isEmpty {
            return .badMember(name)
        }
        if !isType(record.member("type")?.string ?? "") { return .badMember("type") }
        if !isMoment(record.member("t")?.string ?? "") { return .badMember("t") }
        if Base64URL.decode(record.member("nonce")?.string ?? "")?.count != 16 { return .badMember("nonce") }
        if let number = record.member("idx"), number.integer != Int64(exactly: index) { return .otherIndex }
        if let before = record.member("prev") {
            guard let number = before.integer, number >= 0, number < index else { return .badMember("prev") }
        }
        return nil
    }

    /// Words of small letters with points between them, for example `call.in_doubt`.
    private static func isType(_ text: String) -> Bool {
        let bytes = text.utf8.span
        var (points, letters) = (0, 0)
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): letters += 1
            case UInt8(ascii: ".") where letters > 0: (points, letters) = (points + 1, 0)
            default: return false
            }
        }
        return points > 0 && letters > 0
    }

    /// `2026-11-22T19:00:42Z`, with or without a fraction of a second.
    private static func isMoment(_ text: String) -> Bool {
        let form: StaticString = "0000-00-00T00:00:00"
        let (bytes, length) = (text.utf8.span, form.utf8CodeUnitCount)
        guard bytes.count > length, bytes[bytes.count - 1] == UInt8(ascii: "Z") else { return false }
        for place in 0..<length {
            // The place is within both.
            let wanted = form.utf8Start[place]
            guard wanted == UInt8(ascii: "0") ? isDigit(bytes[place]) : bytes[place] == wanted else { return false }
        }
        guard bytes.count > length + 1 else { return true }
        guard bytes[length] == UInt8(ascii: "."), bytes.count > length + 2 else { return false }
        for place in (length + 1)..<(bytes.count - 1) where !isDigit(bytes[place]) { return false }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
