/// A process of this machine at the other end of a Unix socket, as the kernel names it.
package struct LocalPeer: Hashable, Sendable {
    /// The effective user when it connected. Source: unix(7), SO_PEERCRED.
    package let user: UInt32
    package let process: Int32

    package init(user: UInt32, process: Int32) {
        self.user = user
        self.process = process
    }
}

/// What is recorded before somebody is shown records of the log.
package struct ReadFacts: Hashable, Sendable {
    package var reader: LocalPeer
    /// The subcommand, e.g. `search`.
    package var command: String
    /// What was asked for, as text.
    package var filter: String
    /// In which matter, in the words of the reader.
    package var matter: String?
    /// How many records are about to be shown.
    package var found: Int
    /// The first of the records whose sealed values were opened.
    package var opened: [UInt64]
    /// How many these are in all.
    package var openedCount: Int

    package init(
        reader: LocalPeer, command: String, filter: String, matter: String? = nil, found: Int, opened: [UInt64] = [],
        openedCount: Int = 0
    ) {
        self.openedCount = max(openedCount, opened.count)
        self.reader = reader
        self.command = command
        self.filter = filter
        self.matter = matter
        self.found = found
        self.opened = opened
    }
}
