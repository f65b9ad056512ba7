import MartletCore

extension RetentionSettings {
    private static let longest = Seconds(36_500 * 86_400)

    /// Reads `retention` of `audit`.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> RetentionSettings {
        guard var section = parent.section("retention", &reading) else { return .none }
        let hasKeep = section.has("keep")
        guard hasKeep || section.has("shard") else {
            reading.add(
                section.line, "\"retention\" without \"shard\" and \"keep\"",
                fix: "write for example {shard: year, keep: 400d}")
            return .none
        }
        let period = section.period(&reading)
        let keep = section.duration(
            "keep", in: Seconds(30 * 86_400)...longest, default: Seconds(400 * 86_400), &reading)
        section.finish(&reading)
        return RetentionSettings(period: period, keep: hasKeep ? keep : nil)
    }

    /// For `martlet check`.
    var effectiveValue: String {
        let closed = period.map { "closed at the first start of a new \($0.rawValue)" } ?? "closed by an operator"
        return closed + ", " + (keep.map { "kept for \($0.text)" } ?? "kept for ever")
    }
}

extension Section {
    fileprivate mutating func period(_ reading: inout Reading) -> ShardPeriod? {
        guard let (text, line) = text("shard", &reading) else { return nil }
        if let period = ShardPeriod(rawValue: text) { return period }
        reading.add(line, "unknown shard \"\(text)\"", fix: "use one of: month, quarter, year")
        return nil
    }
}
