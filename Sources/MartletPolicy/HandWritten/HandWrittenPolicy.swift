import MartletCedar

/// One policy of a `*.cedar` file, in force beside the grants.
package struct HandWrittenPolicy: Sendable {
    /// Its `@id`, or the file's name and its number in the file. Records carry it in place of a grant's id.
    package let id: GrantID
    /// The file as the operator named it.
    package let file: String
    /// Where it begins, counted from 1.
    package let line: Int
    let body: PolicyBody
    /// The line on which each byte of the file stands is found by this.
    let source: [UInt8]

    /// Whether it permits; otherwise it forbids.
    package var isPermit: Bool { body.effect == .permit }
    /// The policy as Cedar text in one fixed form, without comments.
    package var text: String { body.description }

    /// Everything in it that decides. The digest of the policy is taken over this.
    var canonicalText: [UInt8] { Array("\(id)\n\(text)".utf8) }
}
