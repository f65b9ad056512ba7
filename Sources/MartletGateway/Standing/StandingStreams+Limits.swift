extension StandingStreams.Limits {
    /// A stream holds a connection of the listener for as long as it lives: all of them leave half of the connections to
    /// calls, and one caller cannot take the streams of the others. At most 10,000, whatever the listener takes.
    init(connections: Int) {
        inAll = max(1, min(10_000, connections / 2))
        perCaller = max(1, min(512, connections / 16))
    }
}
