package import MartletCore

/// Where requests are kept. Every operation is atomic and, when it returns, survives power loss.
///
/// A throw means "not known": the change may or may not be there, and the caller must treat it as not done.
/// Implementations: `SQLiteApprovalStore`, `MemoryApprovalStore`; both pass `ApprovalStoreContract`.
package protocol ApprovalStore: Sendable {
    /// Finds the request that stands for `proposal.binding` at `proposal.opened`, else keeps `proposal`.
    ///
    /// A due request of the same binding is expired in the same step. At most one request stands per binding.
    func openOrFind(_ proposal: ApprovalRequest, limits: PendingLimits) async throws(ApprovalStoreError) -> Opening

    func load(_ ticket: TicketID) async throws(ApprovalStoreError) -> ApprovalRequest?

    /// The newest first; at most `limit`, and never more than 1,000.
    func list(_ filter: ApprovalFilter, limit: Int) async throws(ApprovalStoreError) -> [ApprovalRequest]

    /// Applies one transition to the stored request and keeps the result. Of two that exclude each other one wins.
    func apply(
        _ transition: ApprovalTransition, to ticket: TicketID
    ) async throws(ApprovalStoreError) -> Result<ApprovalRequest, ApprovalRefusal>

    /// Takes `person` out of every request that is over and that `isMeant` names, and returns how many there were.
    ///
    /// When it returns, no byte of what was taken out is in any file of the store, also after power loss.
    /// Source: `ApprovalRequest.forgetting`, ADR-0032.
    func forget(
        _ person: ApprovalPerson, where isMeant: @Sendable (ApprovalRequest) -> Bool
    ) async throws(ApprovalStoreError) -> Int

    /// Removes what was opened before `time`, is over and has its record; returns how many there were.
    ///
    /// When it returns, no byte of them is in any file of the store, also after power loss. Source: ADR-0036.
    func discard(openedBefore time: UnixTime) async throws(ApprovalStoreError) -> Int

    /// Expires at most `limit` requests that are due at `now`, the oldest first, and returns them.
    func expireDue(at now: UnixTime, limit: Int) async throws(ApprovalStoreError) -> [ApprovalRequest]
}

/// What `ApprovalStore.openOrFind` did.
package enum Opening: Hashable, Sendable {
    case opened(ApprovalRequest)
    case found(ApprovalRequest)
    /// Nothing was kept: this agent, or all agents together, have too many undecided requests.
    case full(pending: Int)
}

/// How many undecided requests may wait at once.
package struct PendingLimits: Hashable, Sendable {
    /// Of one agent of one issuer (1 or more). Default 32: more than a person reads before they expire.
    package var perAgent = 32
    /// Of all agents together. Default 4,096: bounds the store.
    package var total = 4096

    package init(perAgent: Int = 32, total: Int = 4096) {
        self.perAgent = perAgent
        self.total = total
    }

    /// The count that is at its limit, if any.
    package func exceeded(ofAgent: Int, ofAll: Int) -> Int? {
        if ofAgent >= perAgent { return ofAgent }
        return ofAll >= total ? ofAll : nil
    }
}

/// Which requests a list shows.
package enum ApprovalFilter: Hashable, Sendable {
    case all
    case inState(ApprovalState.Name)
    /// Decided or expired, and the record of it is not durable yet.
    case unrecorded
    /// What this person, or the agent that acts for nobody, asked for and what is not over: undecided, or approved and not used.
    case open(ApprovalPerson)
}

/// Why the store could not answer. All of them refuse the call.
package enum ApprovalStoreError: Error, Hashable, Sendable {
    /// The database stayed locked by another connection for the whole busy timeout.
    case busy
    case readOnly
    case full
    /// The stored bytes are not a database, or not a request: the value says what, never whose.
    case corrupted(String)
    /// Input, output or any other failure; the value is the store's own code.
    case unavailable(code: Int32)
    /// A new request came with a ticket that is taken.
    case ticketTaken
    /// The waiting task was cancelled; the change may or may not be there.
    case cancelled
}
