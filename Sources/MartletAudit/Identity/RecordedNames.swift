import MartletApproval
package import MartletCore

/// How records speak of some subjects: by their names where the configuration lists them as agents, else by their pseudonyms.
///
/// One that is not in it had no pseudonym to be had; its name is never written instead.
package struct RecordedNames: Sendable {
    private var texts: [DataSubject: String] = [:]
    static let none = RecordedNames()

    mutating func add(_ text: String, for subject: DataSubject) { texts[subject] = text }

    subscript(subject: DataSubject) -> String? { texts[subject] }

    package subscript(issuer: String, name: SubjectID) -> String? { texts[DataSubject(issuer: issuer, name: name)] }
}

extension DataSubject {
    /// Everybody whom the records of a caller name.
    static func all(of principal: Principal) -> [DataSubject] {
        ([principal.agent, principal.user].compactMap { $0 } + principal.actors).map {
            DataSubject(issuer: principal.issuer, name: $0)
        }
    }

    static func all(of subject: ApprovalSubject) -> [DataSubject] {
        ([subject.agent, subject.user].compactMap { $0 } + subject.actors).map {
            DataSubject(issuer: subject.issuer, name: $0)
        }
    }
}
