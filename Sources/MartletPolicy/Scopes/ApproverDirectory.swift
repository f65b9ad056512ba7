package import MartletCore

/// The people who may approve, and the roles in which they do.
package struct ApproverDirectory: Sendable {
    package struct Person: Hashable, Sendable {
        /// How the operator calls the person; grants use this name.
        package let id: SubjectID
        /// How the person's tokens call the person; approvals carry this name.
        package let subject: SubjectID
        package let roles: Set<RoleName>

        package init(id: SubjectID, subject: SubjectID, roles: Set<RoleName>) {
            self.id = id
            self.subject = subject
            self.roles = roles
        }
    }

    private let people: [Person]

    package init(_ people: [Person]) { self.people = people }

    package var everyone: Set<SubjectID> { Set(people.map(\.subject)) }

    enum Answer: Hashable {
        case people(Set<SubjectID>)
        /// A person and a role have this name.
        case ambiguous
        case unknown
    }

    /// The people a word of a grant means: all who have the role of that name, or the one person of that name.
    func people(named word: String) -> Answer {
        let inRole = people.filter { $0.roles.contains { $0.rawValue == word } }
        let named = people.filter { $0.id.rawValue == word }
        if !inRole.isEmpty, !named.isEmpty { return .ambiguous }
        let found = Set((inRole + named).map(\.subject))
        return found.isEmpty ? .unknown : .people(found)
    }

    var names: [String] { people.map(\.id.rawValue) + Set(people.flatMap(\.roles)).map(\.rawValue) }
}
