package import MartletCore
package import MartletTransparency

/// The last signed state of one audit log, as it is kept apart from the log.
package struct LogHead: Hashable, Sendable {
    /// Origin, size and root. The log holds at least these leaves, durably; no newer checkpoint was signed.
    package let checkpoint: Checkpoint
    /// How many runs have claimed the head, with this one.
    package let run: UInt64
    /// Which run holds it: 128 random bits.
    package let holder: [UInt8]
    /// That an operator gave a newer head up; kept until the log says so.
    package let acceptance: HeadAcceptance?

    package init(checkpoint: Checkpoint, run: UInt64, holder: [UInt8], acceptance: HeadAcceptance?) {
        self.checkpoint = Checkpoint(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root)
        self.run = run
        self.holder = holder
        self.acceptance = acceptance
    }
}

/// An operator's word that the log goes on from an older state than the head, or without its head.
package struct HeadAcceptance: Hashable, Sendable {
    /// What was given up; nil when the head was lost.
    package let abandoned: Checkpoint?
    /// Of the operator, as the system knows them.
    package let user: UInt32
    package let at: UnixTime
    /// One line, 1 to 512 bytes.
    package let reason: String

    /// nil when `reason` is not one line of 1 to 512 bytes.
    package init?(abandoned: Checkpoint?, user: UInt32, at: UnixTime, reason: String) {
        guard (1...512).contains(reason.utf8.count), !reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        self.abandoned = abandoned
        self.user = user
        self.at = at
        self.reason = reason
    }

    /// Both words in one: what the first one gave up, and both reasons as far as there is room.
    func following(_ first: HeadAcceptance) -> HeadAcceptance {
        var both = "\(first.reason) (user \(first.user)); then: \(reason)"
        while both.utf8.count > 512 { both.removeLast() }
        return HeadAcceptance(abandoned: first.abandoned, user: user, at: at, reason: both) ?? self
    }
}

// The text: a checkpoint (C2SP tlog-checkpoint) with lines behind it, the last one a digest of all before.
extension LogHead {
    var text: String {
        var lines = ["run \(run) \(Hex.encode(holder))"]
        if let acceptance {
            let given = acceptance.abandoned.map { "\($0.size) \($0.root)" } ?? "lost"
            lines.append("accepted \(given) \(acceptance.user) \(acceptance.at.microseconds) \(acceptance.reason)")
        }
        let text = Checkpoint(
            origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root, extensions: lines
        ).text
        return text + Self.seal(text)
    }

    /// nil unless it is exactly what `text` gives.
    init?(_ text: String) {
        guard let stated = Checkpoint(note: text), (2...3).contains(stated.extensions.count),
            let (run, holder) = Self.run(stated.extensions[0])
        else { return nil }
        var acceptance: HeadAcceptance?
        if stated.extensions.count == 3 {
            guard let read = Self.acceptance(stated.extensions[1], origin: stated.origin) else { return nil }
            acceptance = read
        }
        self.init(checkpoint: stated, run: run, holder: holder, acceptance: acceptance)
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    private static func seal(_ text: String) -> String { "\(Digest(of: Array(text.utf8)))\n" }

    private static func run(_ line: String) -> (UInt64, [UInt8])? {
        let words = line.split(separator: " ")
        guard words.count == 3, let run = UInt64(words[1]), let holder = Hex.decode(words[2].utf8) else { return nil }
        return (run, holder)
    }

    private static func acceptance(_ line: String, origin: String) -> HeadAcceptance? {
        let isLost = line.hasPrefix("accepted lost ")
        let words = line.split(separator: " ", maxSplits: isLost ? 4 : 5, omittingEmptySubsequences: false)
        guard words.count == (isLost ? 5 : 6) else { return nil }
        let rest = words.suffix(3).map(String.init)
        var abandoned: Checkpoint?
        if !isLost {
            guard let read = Checkpoint(note: "\(origin)\n\(words[1])\n\(words[2])\n") else { return nil }
            abandoned = read
        }
        guard let user = UInt32(rest[0]), let at = Int64(rest[1]) else { return nil }
        return HeadAcceptance(abandoned: abandoned, user: user, at: UnixTime(microseconds: at), reason: rest[2])
    }
}
