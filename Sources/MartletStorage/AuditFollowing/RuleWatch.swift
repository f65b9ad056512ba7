import MartletJSON
package import MartletRecords

/// The findings of a log that is followed, without those that the log itself tells (`alert.raised`).
package struct RuleWatch {
    /// Leaves taken.
    package private(set) var size: UInt64 = 0
    private var check: LogCheck
    private var untoldFindings: [LogFinding] = []
    private var told: Set<ToldFinding> = []

    package init(memory: Int?) { check = LogCheck(memory: memory) }

    package mutating func take(_ leaf: [UInt8], at index: UInt64) {
        take(JSONValue.reading(leaf), at: index)
    }

    mutating func take(_ leaf: ReadLeaf) { take(leaf.document, at: leaf.index) }

    private mutating func take(_ document: Result<JSONValue, JSONError>, at index: UInt64) {
        size = index + 1
        switch document {
        case .success(let document):
            if let told = ToldFinding(document) { self.told.insert(told) }
            check.take(document, at: index)
        case .failure(let error): check.find(.readable, index, error.reason)
        }
        untoldFindings += check.takeFindings()
    }

    /// What was found and not told, each once.
    package mutating func untold() -> [LogFinding] {
        defer { untoldFindings = [] }
        return untoldFindings.filter { told.insert(ToldFinding($0)).inserted }
    }
}
