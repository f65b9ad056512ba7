package import MartletApproval
import MartletCore

/// What every approval store keeps to. Each case is one rule; a test runs all of them on each store.
package enum ApprovalStoreContract: String, CaseIterable, Sendable, CustomStringConvertible {
    case retryFindsTheSameTicket = "an identical proposal finds the open ticket"
    case deniedStands = "a denied ticket stands until its end, then a new one opens"
    case consumedDoesNotStand = "after use a new ticket opens"
    case overdueGivesWay = "a due ticket is expired in the step that opens the next one"
    case agentLimit = "one agent has at most its limit of undecided tickets"
    case totalLimit = "all agents together have at most the limit"
    case dueTicketsDoNotCount = "a ticket past its end takes no place"
    case ticketsAreUnique = "a taken ticket is refused"
    case everyFieldComesBack = "every field of every state comes back"
    case refusalsChangeNothing = "a refused transition leaves the stored request as it was"
    case unknownTicket = "an unknown ticket is refused, not an error"
    case oneConsumerWins = "of many callers racing to use one approval exactly one wins"
    case oneRulingWins = "of a yes and a no at once exactly one wins"
    case oneOpenerWins = "of many identical proposals at once one opens and the others find it"
    case listing = "lists show the newest first, filtered and bounded"
    case forgetting = "a person is taken out of what is over, and of nothing else"
    case discarding = "what is over, recorded and old enough is removed, and nothing else"
    case expiring = "expiring takes what is due, the oldest first, up to its limit"

    package var description: String { rawValue }

    /// A rule that the store broke.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// Checks the rule on an empty store. `first` and `second` are two connections to the same data.
    package func check(_ first: any ApprovalStore, _ second: any ApprovalStore) async throws {
        let check = ApprovalStoreChecks(store: first, other: second)
        switch self {
        case .retryFindsTheSameTicket: try await check.retryFindsTheSameTicket()
        case .deniedStands: try await check.deniedStands()
        case .consumedDoesNotStand: try await check.consumedDoesNotStand()
        case .overdueGivesWay: try await check.overdueGivesWay()
        case .agentLimit: try await check.agentLimit()
        case .totalLimit: try await check.totalLimit()
        case .dueTicketsDoNotCount: try await check.dueTicketsDoNotCount()
        case .ticketsAreUnique: try await check.ticketsAreUnique()
        case .everyFieldComesBack: try await check.everyFieldComesBack()
        case .refusalsChangeNothing: try await check.refusalsChangeNothing()
        case .unknownTicket: try await check.unknownTicket()
        case .oneConsumerWins: try await check.oneConsumerWins()
        case .oneRulingWins: try await check.oneRulingWins()
        case .oneOpenerWins: try await check.oneOpenerWins()
        case .listing: try await check.listing()
        case .forgetting: try await check.forgetting()
        case .discarding: try await check.discarding()
        case .expiring: try await check.expiring()
        }
    }
}
