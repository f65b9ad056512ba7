import ArgumentParser
import MartletAudit
import MartletJSON

struct AuditIndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Brings the index up to date with the log, or builds it again.",
        discussion: """
            Example: martlet audit index --rebuild --config martlet.yaml
            Exit code 0: it stands at the end of the log. 1: the log is damaged. 2: usage, or no log.
            """)
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @Flag(help: "Throws the index away and reads the whole log.") var rebuild = false
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        var log = try IndexedLog(try shard.state(configuration))
        if rebuild { try log.rebuild() }
        let unreadable = try log.count { $0.equal[.type] = IndexRow.unreadable }
        guard json else {
            return Terminal.print("\(log.size) records in \(log.state.index), \(unreadable) of them unreadable")
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("records", int: log.size)
        writer.member("unreadable", int: unreadable)
        writer.endObject()
        Terminal.print(String(decoding: writer.bytes, as: UTF8.self))
    }
}
