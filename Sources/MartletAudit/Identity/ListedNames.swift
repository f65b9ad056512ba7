import MartletCore

/// The names that the configuration lists, which tells those of machines from those of people.
///
/// An agent that is listed is a machine, and stands in records by its name. Everybody else may be a person, and stands there by a
/// pseudonym. Source: ADR-0032.
package struct ListedNames: Sendable {
    let agents: Set<DataSubject>
    /// Of everybody whose tokens are believed: a name that is given without one is meant under each of them.
    let issuers: [String]

    package init(agents: Set<DataSubject> = [], issuers: [String] = []) {
        // A name that looks like a pseudonym could be taken for somebody else's.
        self.agents = agents.filter { $0.name.map { Pseudonym($0.rawValue) == nil } ?? false }
        self.issuers = issuers
    }
}
