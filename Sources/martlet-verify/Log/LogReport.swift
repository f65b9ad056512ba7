import MartletTransparency

/// What a log that was found good amounts to.
struct LogReport: Hashable {
    let checkpoint: Checkpoint
    /// Size in the older checkpoint that it continues.
    let older: UInt64?
    /// Tiles that are what the checkpoint says.
    let compared: Int
    /// Tiles behind the checkpoint: nobody vouches for them yet.
    let beyond: Int
    /// Files below `tile` that are no tiles; nothing is said about them.
    let foreign: Int
}
