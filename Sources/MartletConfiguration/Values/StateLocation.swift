/// Where a gateway keeps what it keeps, and where the key comes from that opens it.
package struct StateLocation: Hashable, Sendable {
    /// `state`: the directory.
    package let directory: String
    package let payloadKey: PayloadKeySource
}

/// Where the key of arguments and results comes from (`audit.payload_key`).
package enum PayloadKeySource: Hashable, Sendable {
    /// `keys/payload.key` in the state directory.
    case file
    case command(KeyCommandSettings)
    /// What the configuration says about it is wrong: each problem on a line. Only who needs the key minds.
    case wrong(String)
}
