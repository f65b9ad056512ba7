package import MartletCore

/// The people who may approve, and the roles in which they do.
package struct ApproverDirectory: Sendable {
    private let roles: [SubjectID: Set<RoleName>]

    package init(_ roles: [SubjectID: Set<RoleName>]) { self.roles = roles }

    package var everyone: Set<SubjectID> { Set(roles.keys) }

    enum Answer: Hashable {
        case people(Set<SubjectID>)
        /// A person and a role have this name.
        case ambiguous
        case unknown
    }

    /// The people a word of a grant means: all who have the role of that name, or the one person of that name.
    func people(named word: String) -> Answer {
        let inRole = Set(roles.filter { $0.value.contains { $0.rawValue == word } }.keys)
        let person = SubjectID(word).filter { roles[$0] != nil }
        switch (inRole.isEmpty, person) {
        case (false, nil): return .people(inRole)
        case (true, let person?): return .people([person])
        case (false, .some): return .ambiguous
        case (true, nil): return .unknown
        }
    }

    var names: [String] { roles.keys.map(\.rawValue) + Set(roles.values.joined()).map(\.rawValue) }
}

extension Optional {
    fileprivate func filter(_ isIncluded: (Wrapped) -> Bool) -> Wrapped? {
        flatMap { isIncluded($0) ? $0 : nil }
    }
}
