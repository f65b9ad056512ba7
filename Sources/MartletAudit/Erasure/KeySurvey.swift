import MartletCore

/// The data keys that a log names, and what it says of them, leaf by leaf, in order.
package struct SealedKeys: Sendable {
    package private(set) var erasures = Erasures()
    /// The first record of each key, and how many there are.
    private(set) var named: [KeyID: (first: UInt64, count: Int)] = [:]

    package init() {}

    package var isEmpty: Bool { named.isEmpty }

    package mutating func take(_ entry: TimelineEntry) {
        erasures.take(entry)
        guard let key = entry.sealedKey, key.isDataKey else { return }
        named[key, default: (entry.index, 0)].count += 1
    }
}

/// What became of the keys that sealed values are under: in the log, and in the vault beside it.
package struct KeySurvey: Sendable {
    /// A key that is not as the log says.
    package struct Finding: Hashable, Sendable {
        /// The record that tells of it.
        package let index: UInt64
        package let text: String
    }

    package private(set) var findings: [Finding] = []
    /// Keys that are there.
    package private(set) var kept = 0
    /// Keys that records say are destroyed, and that are.
    package private(set) var destroyed = 0
    /// Of these, the ones of which only the request is recorded.
    package private(set) var unconfirmed: [String] = []

    /// Compares the keys of a log with the vault. A key that cannot be looked up is a finding: `vault` is to be at hand.
    /// With a root key, those that it wraps must open.
    /// `later` is what the logs behind this one say was erased.
    package init(
        _ keys: SealedKeys, later: LaterErasures = LaterErasures(), root: RootKey?,
        vault: (KeyID) -> ReadingKeys.Stored
    ) {
        for (key, named) in keys.named.sorted(by: { $0.value.first < $1.value.first }) {
            let whose = "\(key), which seals values of \(named.count) record\(named.count == 1 ? "" : "s")"
            switch (vault(key), later.destruction(of: key, after: keys.erasures)) {
            case (.wrapped, let destruction?) where destruction.isConfirmed:
                // A number of another log would name the wrong record here.
                find(
                    destruction.shard == nil ? destruction.index : named.first,
                    "\(whose), was erased and is there again: start the gateway, it destroys it")
            case (.wrapped(let wrapped), _):
                kept += 1
                guard let root, wrapped.root == root.id, root.unwrap(wrapped) == nil else { continue }
                find(named.first, "\(whose), is damaged")
            case (.absent, let destruction?):
                destroyed += 1
                if !destruction.isConfirmed { unconfirmed.append("\(key): \(destruction.text)") }
            case (.absent, nil): find(named.first, "\(whose), is missing, unexplained")
            case (.unknown, _): find(named.first, "\(whose), cannot be looked up: the vault is not at hand")
            }
        }
    }

    private mutating func find(_ index: UInt64, _ text: String) { findings.append(Finding(index: index, text: text)) }
}
