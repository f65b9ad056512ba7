import ArgumentParser
import MartletJSON

/// Why an operator says something of a record, and in which matter.
struct WordOptions: ParsableArguments {
    @Option(help: "Why; stands in the record in clear.") var reason: String
    @Option(help: "Your name for the matter.") var `case`: String?

    func validate() throws {
        guard (1...1024).contains(reason.utf8.count) else { throw ValidationError("--reason takes 1 to 1024 bytes") }
    }

    /// Has the running gateway put the word on record.
    func say(
        _ word: String, of record: UInt64, _ state: StateDirectory, _ more: (inout JSONWriter) -> Void = { _ in }
    ) throws {
        do throws(CommandFailure) {
            _ = try AdminClient(socket: state.adminSocket).post("/words") { writer in
                writer.member("word", string: word)
                writer.member("record", int: record)
                writer.member("reason", string: reason)
                if let `case` { writer.member("case", string: `case`) }
                more(&writer)
            }
            Terminal.print("on record: \(word), of record \(record)")
        } catch {
            throw error.exit()
        }
    }
}
