import MartletJSON

/// What is compared with the reference.
enum PackCheck: String, CaseIterable {
    /// Whether the policies and the schema are read at all.
    case policies
    /// Whether the schema means what the reference says, as JSON.
    case schema
    case decision, reasons, errors
    /// The verdicts of the validator.
    case strict, permissive
    /// Whether entities and requests fit the schema.
    case entities, requests
    /// Whether policies and schema are the same after being written as text and as JSON, and read again.
    case roundTrips = "round_trips"
}

/// Where a case differs from the reference.
struct PackDifference {
    let file: String
    let line: Int
    let id: String
    /// Counted from 0; nil for the case as a whole.
    let request: Int?
    let check: PackCheck
    let expected: String
    let found: String
}

/// What agrees and what differs, check by check.
struct PackTally {
    private(set) var cases = 0
    private(set) var requests = 0
    private(set) var agreements: [PackCheck: Int] = [:]
    private(set) var differences: [PackCheck: Int] = [:]
    /// The first of them.
    private(set) var first: [PackDifference] = []
    /// Lines that are no cases, and files that were not read to their end.
    private(set) var malformed = 0
    private(set) var firstMalformed: [String] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var differing: Int { differences.values.reduce(0, +) }

    mutating func begin(requests count: Int) {
        cases += 1
        requests += count
    }

    mutating func agree(_ check: PackCheck) { agreements[check, default: 0] += 1 }

    mutating func differ(_ difference: PackDifference) {
        differences[difference.check, default: 0] += 1
        if first.count < limit { first.append(difference) }
    }

    mutating func refuse(_ reason: String) {
        malformed += 1
        if firstMalformed.count < limit { firstMalformed.append(reason) }
    }
}

extension PackTally {
    /// A table, the first differences, and a line that says it all.
    var text: String {
        var lines = ["\(cases) cases, \(requests) requests"]
        for check in PackCheck.allCases {
            let agreed = agreements[check] ?? 0
            let differed = differences[check] ?? 0
            guard agreed + differed > 0 else { continue }
            lines.append("  \(check.rawValue.filled(14))\("\(agreed)".filled(9)) agree   \(differed) differ")
        }
        lines += firstMalformed.map { "not read: \($0)" }
        lines += first.map(\.text)
        let hidden = differing - first.count
        if hidden > 0 { lines.append("… and \(hidden) more differences") }
        lines.append(verdict)
        return Terminal.printable(lines.joined(separator: "\n"))
    }

    private var verdict: String {
        let rest = malformed == 0 ? "" : ", \(malformed) lines not read"
        return differing == 0 ? "no differences\(rest)" : "\(differing) differences\(rest)"
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("agrees", bool: differing == 0 && malformed == 0)
        writer.member("cases", int: cases)
        writer.member("requests", int: requests)
        writer.key("checks")
        writer.beginObject()
        for check in PackCheck.allCases {
            writer.key(check.rawValue)
            writer.beginObject()
            writer.member("agree", int: agreements[check] ?? 0)
            writer.member("differ", int: differences[check] ?? 0)
            writer.endObject()
        }
        writer.endObject()
        writer.member("not_read", int: malformed)
        writer.key("first_not_read")
        writer.beginArray()
        for reason in firstMalformed { writer.string(reason) }
        writer.endArray()
        writer.key("first_differences")
        writer.beginArray()
        for difference in first { difference.write(&writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension PackDifference {
    fileprivate var text: String {
        let place = request.map { "request \($0), " } ?? ""
        return "\(file):\(line): \(id): \(place)\(check.rawValue): expected \(expected), found \(found)"
    }

    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("file", string: file)
        writer.member("line", int: line)
        writer.member("case", string: id)
        if let request { writer.member("request", int: request) }
        writer.member("check", string: check.rawValue)
        writer.member("expected", string: expected)
        writer.member("found", string: found)
        writer.endObject()
    }
}

extension String {
    fileprivate func filled(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
