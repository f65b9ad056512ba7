import MartletCore
import MartletTransparency

/// What is known of the witnesses from one round to the next. Lost with the process: they say it themselves.
struct WitnessMemory: Sendable {
    /// The size that each signed last.
    var sizes: [String: UInt64] = [:]
    /// The newest checkpoint that enough of them signed.
    var witnessed: Checkpoint?
}

/// What all witnesses answered about one checkpoint.
struct WitnessRound: Sendable {
    let note: String
    let checkpoint: Checkpoint
    var outcomes: [String: WitnessClient.Outcome] = [:]

    init(note: String, checkpoint: Checkpoint) {
        self.note = note
        self.checkpoint = checkpoint
    }

    /// Who signed, by name.
    var signed: [String] {
        outcomes.compactMap { if case .cosigned = $0.value { $0.key } else { nil } }.sorted()
    }

    var contradiction: String? {
        for name in outcomes.keys.sorted() {
            if case .contradicted(let why) = outcomes[name] { return why }
        }
        return nil
    }

    var failures: [(name: String, why: String)] {
        outcomes.keys.sorted().compactMap { name in
            switch outcomes[name] {
            case .failed(let why): (name, why)
            case .ahead(let size): (name, "signed \(size) records already; the published checkpoint has fewer")
            case .cosigned, .contradicted, nil: nil
            }
        }
    }

    /// The checkpoint with the lines of those who signed, behind the signatures that it had.
    var cosignedNote: String {
        signed.reduce(note) { note, name in
            guard case .cosigned(let lines) = outcomes[name] else { return note }
            return note + lines
        }
    }
}

/// When it is worth a record that checkpoints are witnessed, or not any more. A value without a clock.
///
/// A record makes the log longer, and the next round has something to ask again: so it is written when something
/// changed, and otherwise once an hour.
struct WitnessWatch: Sendable {
    enum News: Sendable {
        case witnessed(WitnessRound)
        /// The last checkpoint that was witnessed, and who is missing, with the reason.
        case lost(Checkpoint?, missing: [(name: String, why: String)])
    }

    private static let repeatAfter = Seconds(3600)
    private let lostAfter: Seconds
    private var last: Checkpoint?
    private var told: (signed: [String], at: UnixTime)?
    private var missingSince: UnixTime?
    private var lostTold: UnixTime?

    init(lostAfter: Seconds) { self.lostAfter = lostAfter }

    mutating func note(
        _ round: WitnessRound, isQuorum: Bool, missing: [(name: String, why: String)], now: UnixTime
    ) -> News? {
        guard isQuorum else { return noteMissing(missing, now) }
        (last, missingSince) = (round.checkpoint, nil)
        defer { lostTold = nil }
        if lostTold == nil, let told, told.signed == round.signed, now < told.at.advanced(by: Self.repeatAfter) {
            return nil
        }
        told = (round.signed, now)
        return .witnessed(round)
    }

    private mutating func noteMissing(_ missing: [(name: String, why: String)], _ now: UnixTime) -> News? {
        let since = missingSince ?? now
        missingSince = since
        guard now >= since.advanced(by: lostAfter) else { return nil }
        if let lostTold, now < lostTold.advanced(by: Self.repeatAfter) { return nil }
        lostTold = now
        return .lost(last, missing: missing)
    }
}
