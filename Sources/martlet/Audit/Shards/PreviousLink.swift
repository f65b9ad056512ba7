import MartletAudit
import MartletCore
import MartletStorage
import MartletTransparency

/// Whether the closed log is still there that the log that grows goes on from, and still states what it did.
///
/// It is not read whole here: `martlet audit shards` and `verify --shard` do that.
struct PreviousLink {
    let state: StateDirectory
    /// What the records of the log that grows say.
    let story: ShardStory

    /// Nil when all is well, or a record gives the log before up.
    var problem: String? {
        guard let previous = story.previous, !story.retired.contains(previous) else {
            return nil
        }
        let shards: LogShards
        do throws(SegmentError) { shards = try LogShards.read(state: state.path) } catch { return "\(error)" }
        guard let shard = shards.closed.first(where: { $0.number == previous.number }) else {
            return "shard \(previous.number) (\(previous.name.origin)) is gone, and no record gives it up"
        }
        guard let note = WholeFile.read(shard.directory + "/checkpoint"),
            let verifier = NoteVerifier(previous.name.verifierKey)
        else { return "the checkpoint of shard \(shard.number) cannot be read" }
        do throws(CheckpointError) {
            let stated = try Checkpoint(signed: String(decoding: note, as: UTF8.self), by: verifier)
            let isTheOne =
                stated.size == previous.checkpoint.size && stated.root.bytes == previous.checkpoint.root.bytes
            return isTheOne ? nil : "shard \(shard.number) is another log than the one that this one goes on from"
        } catch {
            return "the checkpoint of shard \(shard.number) is not signed by the key that this log says it had"
        }
    }
}
