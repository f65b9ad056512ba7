import ArgumentParser
import MartletAudit
import MartletCore
import MartletJSON
import MartletStorage

/// `martlet audit sinks`: where each sink stands.
struct AuditSinksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sinks", abstract: "Shows where each sink of the audit log stands, and what keeps it.",
        discussion: """
            Example: martlet audit sinks --config martlet.yaml
            Exit code 0: all get their records in time. 1: one fails, is too far behind, or cannot go on. 2: usage, or the
            state cannot be read.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let state = try configuration.state()
        let names: [String]
        do throws(FileError) {
            names = try SinkFile.names(in: state.sinks)
        } catch {
            Terminal.error("\(error)")
            throw ExitCode(2)
        }
        let now = SystemClock().now()
        let sinks = names.map { SinkInspection($0, states: state.sinks, state: state.path) }
        for sink in sinks { Terminal.print(json ? sink.json(now) : PrintableText.escaped(sink.text(now))) }
        if sinks.isEmpty, !json { Terminal.print("no sink has run here") }
        if !sinks.allSatisfy({ $0.isGood(now: now) }) { throw ExitCode(1) }
    }
}

extension SinkInspection {
    fileprivate func text(_ now: UnixTime) -> String {
        var words = ["\(name)\(isGood(now: now) ? "" : " NOT GOOD"):"]
        if let state {
            let size = size.map { " of \($0) in \(state.cursor.origin)" } ?? ""
            words.append("\(state.kind), next record \(state.cursor.next)\(size),")
        }
        if let behind { words.append("behind \(behind) records, \(LagAlert.seconds(since: oldest, now)) s") }
        if let delivered = state?.delivered { words.append("(last delivered \(delivered.rfc3339))") }
        if let failure = state?.failure {
            words.append("failing since \(state?.failing?.rfc3339 ?? "?"): \(failure)")
        }
        if let refusal { words.append("cannot go on: \(refusal)") }
        return words.joined(separator: " ")
    }

    fileprivate func json(_ now: UnixTime) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("sink", string: name)
        writer.member("good", bool: isGood(now: now))
        if let state {
            writer.member("kind", string: state.kind)
            writer.member("origin", string: state.cursor.origin)
            writer.member("next", int: state.cursor.next)
            if let delivered = state.delivered { writer.member("delivered_t", string: delivered.rfc3339) }
            if let failure = state.failure { writer.member("failure", string: failure) }
            if let failing = state.failing { writer.member("failing_since", string: failing.rfc3339) }
        }
        if let shard { writer.member("shard", int: shard.number) }
        if let size { writer.member("size", int: size) }
        if let behind {
            writer.member("behind", int: behind)
            writer.member("behind_s", int: LagAlert.seconds(since: oldest, now))
        }
        if let refusal { writer.member("refused", string: "\(refusal)") }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
