package import MartletJSON

/// A finding as the log itself tells it, in a record `alert.raised`.
package struct ToldFinding: Hashable, Sendable {
    package let rule: LogRule
    package let index: UInt64

    package init(_ finding: LogFinding) {
        rule = finding.rule
        index = finding.index
    }

    /// Nil for every other record.
    package init?(_ document: JSONValue) {
        let record = LogRecord(document, at: 0)
        guard record.type == "alert.raised", let rule = record.text("derived", "rule").flatMap(LogRule.init),
            let index = record.place(record.value("derived", "record"))
        else { return nil }
        self.rule = rule
        self.index = index
    }
}
