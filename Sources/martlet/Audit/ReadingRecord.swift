import ArgumentParser
import MartletJSON
import MartletStorage

/// `--case`, which stands in the record of the reading.
struct CaseOption: ParsableArguments {
    @Option(help: "In which matter you read: stands in the record of this reading.") var `case`: String?
}

/// Puts a reading on record with the running gateway, before anything is shown.
///
/// With no gateway there is nobody who may append: the log stays as it was found, and the reader is told.
/// Source: ADR-0021, "Readings are recorded".
struct ReadingRecord {
    let state: StateDirectory
    /// In which matter, in the words of whoever reads.
    let matter: String?

    /// Returns when the reading is durable in the log, or when no gateway runs. It stands in the log that grows, whichever was
    /// read: `filter` begins with the number of a closed one, and `opened` are its records.
    func note(_ command: String, filter: String, found: Int, opened: [UInt64] = []) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("command", string: command)
        writer.member("filter", string: state.shard.map { "shard=\($0.number) \(filter)" } ?? filter)
        if let matter { writer.member("case", string: matter) }
        writer.member("found", int: found)
        writer.member("opened_count", int: opened.count)
        writer.key("opened")
        writer.beginArray()
        for index in opened.prefix(256) { writer.number(index) }
        writer.endArray()
        writer.endObject()
        let answer: LocalHTTP.Answer
        do {
            answer = try LocalHTTP(address: .socket(path: state.adminSocket)).send("POST", "/reads", body: writer.bytes)
        } catch {
            switch error {
            case .notRunning:
                return Terminal.error("this reading is not on record: the gateway does not run")
            case .broken(let reason):
                Terminal.error("nothing is shown, because the reading could not be recorded: \(reason)")
                throw ExitCode(1)
            }
        }
        guard answer.status == 200 else {
            Terminal.error("nothing is shown, because the reading could not be recorded (HTTP \(answer.status))")
            throw ExitCode(1)
        }
    }
}
