import MartletCore
package import MartletJSON

/// Where sealed values are read from; without a key everything sealed stays sealed.
package struct SealedValues {
    let keys: ReadingKeys
    let payload: (UInt64) -> [UInt8]?

    package init(keys: ReadingKeys, payload: @escaping (UInt64) -> [UInt8]?) {
        self.keys = keys
        self.payload = payload
    }

    /// The arguments of a call; nil when they cannot be read here.
    package func arguments(of entry: TimelineEntry) -> JSONValue? {
        guard case .opened(let opened) = open(entry) else { return nil }
        return opened.member("args")
    }

    /// The records of an item whose sealed values can be opened here.
    package func opened(of item: Timeline.Item) -> [UInt64] {
        let entries =
            switch item {
            case .call(let story): story.records
            case .event(let entry): [entry]
            }
        return entries.filter { if case .opened = open($0) { true } else { false } }.map(\.index).sorted()
    }

    /// The values of a record one by one, as they are given to somebody who has its leaf.
    package func disclosures(of entry: TimelineEntry) -> Result<OpenedPayload, ClosedPayload> {
        keys.disclosures(of: entry, payload: entry.sealed == nil ? nil : payload(entry.index))
    }

    package var names: NameReader { keys.names }

    /// The same values, and only these names.
    package func naming(_ names: NameReader) -> SealedValues {
        SealedValues(keys: keys.naming(names), payload: payload)
    }

    func open(_ entry: TimelineEntry) -> OpenedValues {
        guard entry.sealed != nil else { return .none }
        return keys.values(of: entry, payload: payload(entry.index))
    }
}

extension CallStory {
    /// Answers the five questions from the records of this call alone. Nothing is inferred.
    package func answers(_ values: SealedValues) -> CallAnswers {
        let told = named(by: values.names)
        return CallAnswers(
            who: told.who, model: model, arguments: arguments(values), result: result(values), approval: told.approval)
    }

    private var who: Answer {
        let isUnnamed = opening.text("derived", "unnamed") != nil
        guard let agent = opening.agent ?? (isUnnamed ? "not named" : nil) else {
            let source = opening.text("observed", "src") ?? "an unknown address"
            return Answer("nobody: the caller was not authenticated, the request came from \(source)", .notStated)
        }
        var text = "agent \(agent)"
        if let role = opening.role { text += ", role \(role)" }
        if isUnnamed { text += ", names left out because the vault did not answer" }
        text += opening.user.map { ", on behalf of \($0)" } ?? (isUnnamed ? "" : ", acting on its own")
        let others = opening.requesters.dropFirst(opening.user == nil ? 1 : 2)
        if !others.isEmpty { text += ", through \(others.joined(separator: ", "))" }
        let issuer = opening.text("verified", "iss") ?? "an unnamed issuer"
        return Answer(text, .verified, "\(opening.text("verified", "auth") ?? "") token of \(issuer)")
    }

    private var model: Answer {
        let groups: [(StaticString, AnswerStrength)] = [
            ("verified", .verified), ("observed", .observed), ("asserted", .asserted),
        ]
        for (group, strength) in groups {
            guard let model = opening.document.member(group)?.member("model"),
                let name = model.member("name")?.string
            else { continue }
            return Answer(name, strength, model.member("via")?.string)
        }
        return Answer("not stated", .notStated)
    }

    private func arguments(_ values: SealedValues) -> Answer {
        switch values.open(opening) {
        case .none: return Answer("not stated", .notStated)
        case .sealed(let key): return Answer("sealed under \(key), which is not at hand", .observed, "commitment")
        case .erased(_, let destruction): return Answer("sealed, \(destruction.text)", .observed, "commitment")
        case .keyMissing(let key):
            return Answer("sealed under \(key), which is missing, unexplained", .notStated, "vault")
        case .missing: return Answer("committed to, but the sealed values are not stored", .notStated)
        case .contradicts: return Answer("the stored values are not what the record commits to", .notStated)
        case .opened(let opened):
            guard let arguments = opened.member("args") else { return Answer("none", .observed) }
            return Answer(Self.shown(arguments), .observed, matches(arguments, opened))
        }
    }

    /// The committed values carry the digest that approvals bind to; it is checked again on what was opened.
    private func matches(_ arguments: JSONValue, _ opened: JSONValue) -> String {
        let places = opening.document.member("derived")?.member("redactions")?.count ?? 0
        guard places == 0 else {
            return "the values match the commitment in the record, \(places) place\(places == 1 ? "" : "s") redacted"
        }
        let stated = opened.member("digests")?.member("args") ?? opened.member("args_digest")
        guard arguments.member("truncated") == nil, let digest = stated?.string else {
            return "the values match the commitment in the record"
        }
        do {
            let isEqual = Digest(of: try arguments.canonical()).description == digest
            return isEqual ? "the values match the commitment in the record" : "the values do not match their digest"
        } catch {
            return "the values match the commitment in the record, and have no canonical form"
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        String(decoding: value.serialized(), as: UTF8.self)
    }

    private func result(_ values: SealedValues) -> Answer {
        guard opening.type == .callIntent else {
            let reason = opening.reason ?? "no reason"
            return Answer("nothing was sent: \(opening.stage ?? "?") said \(reason)", .observed)
        }
        guard let closing else {
            guard denial == nil else { return Answer("nothing was sent: the intent was not confirmed", .observed) }
            return Answer("no outcome is recorded: in flight, or lost with the gateway" + answeredFirst, .notStated)
        }
        guard closing.type == .callOutcome, let outcome = closing.outcome else {
            return resolved
                ?? Answer("unknown, the call may have run: \(closing.reason ?? "")" + answeredFirst, .notStated)
        }
        return Answer(ended(closing, outcome) + content(values.open(closing)), .observed, "record \(closing.index)")
    }

    /// A doubt that somebody has ended: nothing proves what they say.
    private var resolved: Answer? {
        guard let resolution, let ran = resolution.document.member("asserted")?.member("ran")?.bool else { return nil }
        let user = resolution.integer("verified", "uid").map { "uid \($0)" } ?? "somebody"
        return Answer(
            "in doubt; \(user) says since \(resolution.time.rfc3339) that it \(ran ? "ran" : "did not run"): "
                + (resolution.text("asserted", "reason") ?? ""), .asserted, "record \(resolution.index)")
    }

    /// Of a read that was allowed to answer before its outcome was durable.
    private var answeredFirst: String {
        opening.text("derived", "outcome_order") == nil ? "" : "; the agent may have got the answer"
    }

    private func ended(_ closing: TimelineEntry, _ outcome: String) -> String {
        let microseconds = closing.integer("observed", "latency_us") ?? 0
        let detail = (closing.text("observed", "detail") ?? closing.text("observed", "task")).map { " (\($0))" } ?? ""
        let number = closing.integer("observed", "code") ?? closing.integer("observed", "status")
        let suffix = number.map { " \($0)" } ?? ""
        return "\(outcome)\(suffix)\(detail) after \(microseconds / 1000).\(microseconds / 100 % 10) ms"
    }

    private func content(_ opened: OpenedValues) -> String {
        switch opened {
        case .none: ""
        case .sealed(let key): ", content sealed under \(key), which is not at hand"
        case .erased(_, let destruction): ", content sealed, \(destruction.text)"
        case .keyMissing(let key): ", content sealed under \(key), which is missing, unexplained"
        case .missing: ", content committed to, but not stored"
        case .contradicts: ", the stored content is not what the record commits to"
        case .opened(let values): values.member("result").map { ": " + Self.shown($0) } ?? ""
        }
    }
}
