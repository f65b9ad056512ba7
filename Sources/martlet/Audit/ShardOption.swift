import ArgumentParser
import MartletStorage

/// `--shard`, which chooses a closed log instead of the one that grows.
struct ShardOption: ParsableArguments {
    @Option(help: "The closed log of this number, instead of the one that grows.") var shard: Int?

    /// The state directory with the log that is to be read, or exit code 2 and which logs there are.
    func state(_ configuration: ConfigurationOption) throws -> StateDirectory {
        var state = try configuration.state()
        guard let shard else { return state }
        let shards: LogShards
        do throws(SegmentError) { shards = try LogShards.read(state: state.path) } catch {
            Terminal.error("\(error)")
            throw ExitCode(1)
        }
        guard shard != shards.current.number else { return state }
        guard let closed = shards.closed.first(where: { $0.number == shard }) else {
            let kept = shards.closed.map { String($0.number) }.joined(separator: ", ")
            Terminal.error(
                "--shard \(shard): there is none; "
                    + (kept.isEmpty ? "no log is closed" : "closed and kept: \(kept)")
                    + "; the one that grows is \(shards.current.number)")
            throw ExitCode(2)
        }
        state.shard = closed
        return state
    }
}
