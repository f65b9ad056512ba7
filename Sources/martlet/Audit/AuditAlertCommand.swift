import ArgumentParser
import MartletAudit
import MartletCore

struct AuditAlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "The alerts that the log has about itself, and who has looked into them.",
        discussion: "Example: martlet audit alert list --config martlet.yaml",
        subcommands: [List.self, Acknowledge.self, Close.self])

    /// Which alert, and what is said of it.
    struct Saying: ParsableArguments {
        @OptionGroup var configuration: ConfigurationOption
        @OptionGroup var word: WordOptions
        @Argument(help: "The index of the alert.raised record.") var index: UInt64

        func say(_ text: String) throws { try word.say(text, of: index, try configuration.state()) }
    }

    struct Acknowledge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts on record that somebody looks into an alert.",
            discussion: """
                Example: martlet audit alert acknowledge 812 --reason "SEC-41" --config martlet.yaml
                Exit code 0: recorded. 1: refused: the record is no alert. 2: usage, or no gateway runs.
                """)
        @OptionGroup var saying: Saying

        func run() throws { try saying.say("acknowledged") }
    }

    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts on record that an alert needs nobody any more.",
            discussion: """
                Example: martlet audit alert close 812 --reason "SEC-41: the VM was paused" --config martlet.yaml
                Exit code 0: recorded. 1: refused: the record is no alert. 2: usage, or no gateway runs.
                """)
        @OptionGroup var saying: Saying

        func run() throws { try saying.say("closed") }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The alerts, the oldest first; without --all those that nobody has closed.",
            discussion: """
                Example: martlet audit alert list --config martlet.yaml
                Exit code 0: none is open. 1: some are. 2: usage.
                """)
        @OptionGroup var configuration: ConfigurationOption
        @Flag(help: "Closed ones too.") var all = false

        func run() throws {
            var log = try IndexedLog(try configuration.state())
            let alerts = try log.entries { $0.equal[.type] = RecordType.alertRaised.rawValue }
            let looked = try about(RecordType.alertAcknowledged, &log)
            let closed = try about(RecordType.alertClosed, &log)
            for alert in alerts where all || closed[alert.index] == nil {
                let word = (closed[alert.index] ?? looked[alert.index]).map {
                    "\($0.type == .alertClosed ? "closed" : "acknowledged") \($0.time.rfc3339) by uid "
                        + "\($0.integer("verified", "uid") ?? 0): \($0.text("asserted", "reason") ?? "")"
                }
                Terminal.print(
                    PrintableText.escaped(
                        "#\(alert.index)  \(alert.time.rfc3339)  \(alert.text("derived", "rule") ?? "?")  record "
                            + "\(alert.integer("derived", "record") ?? 0): \(alert.text("derived", "text") ?? "")  "
                            + (word ?? "open")))
            }
            if alerts.contains(where: { closed[$0.index] == nil }) { throw ExitCode(1) }
        }

        /// The newest word of this kind about each record.
        private func about(_ type: RecordType, _ log: inout IndexedLog) throws -> [UInt64: TimelineEntry] {
            var words: [UInt64: TimelineEntry] = [:]
            for entry in try log.entries({ $0.equal[.type] = type.rawValue }) {
                if let record = entry.integer("derived", "record").flatMap(UInt64.init(exactly:)) {
                    words[record] = entry
                }
            }
            return words
        }
    }
}
