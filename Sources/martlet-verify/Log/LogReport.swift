import MartletRecords
import MartletTransparency

/// What a log amounts to that is the signed one, byte for byte.
struct LogReport: Hashable {
    let checkpoint: Checkpoint
    /// Size in the older checkpoint that it continues.
    let older: UInt64?
    /// Where the key was replaced, since the one that was given.
    let rotations: [KeyRotation]
    /// Tiles that are what the checkpoint says.
    let compared: Int
    /// Tiles behind the checkpoint: nobody vouches for them yet.
    let beyond: Int
    /// Files below `tile` that are no tiles; nothing is said about them.
    let foreign: Int
    /// Where the records contradict each other; nothing of that is a question of the tree.
    let findings: [LogFinding]
    /// Findings beyond those.
    let omitted: Int
    /// The log that it goes on from, and the one that goes on from it, as its records say.
    let previous: NeighbourLog?
    let next: NeighbourLog?
}
