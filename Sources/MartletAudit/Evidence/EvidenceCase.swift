package import MartletCore

/// What an evidence bundle says of itself: whose case, what was chosen, out of what, by whom.
package struct EvidenceCase: Sendable {
    /// The name of the case, as its owner uses it.
    package var name: String
    package var reason: String
    /// What was chosen, in the words of the command line.
    package var selection: String
    package var exported: UnixTime
    /// Who ran the export, as the kernel names them.
    package var exporter: String
    package var origin: String
    /// The checkpoint that every proof leads to.
    package var size: UInt64
    package var root: String
    /// How many calls were chosen, and how many records are here because of them.
    package var calls: Int
    package var records: Int
    /// Records with sealed values, and those whose values are disclosed.
    package var sealed: Int
    package var disclosed: Int
    /// Approvals of calls that were not chosen, which refused ones are compared with.
    package var compared: Int
    package var witnessing: EvidenceWitnessing
    package var timestamps: EvidenceTimestamps
    /// Records with a COSE receipt: all of them, or none when the secret key of the log was not at hand.
    package var receipts: Int

    package init(
        name: String, reason: String, selection: String, exported: UnixTime, exporter: String, origin: String,
        size: UInt64, root: String
    ) {
        self.name = name
        self.reason = reason
        self.selection = selection
        self.exported = exported
        self.exporter = exporter
        self.origin = origin
        self.size = size
        self.root = root
        (calls, records, sealed, disclosed, compared, receipts) = (0, 0, 0, 0, 0, 0)
        (witnessing, timestamps) = (.notConfigured, EvidenceTimestamps())
    }
}
