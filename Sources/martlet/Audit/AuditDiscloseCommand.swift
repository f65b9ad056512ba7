import ArgumentParser
import MartletAudit
import MartletJSON

struct AuditDiscloseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disclose",
        abstract: "Opens chosen sealed values of one record for somebody else, and none of the others.",
        discussion: """
            Example: martlet audit disclose 84 --only args --case 2026-C-7 --config martlet.yaml
            Prints SD-JWT disclosures (RFC 9901): base64url of [salt, name, value], whose SHA-256 stands in _sd of the record. With
            the record (martlet audit proof --leaf) they prove the value to whoever has the log's checkpoint.
            Exit code 0: printed. 1: no such record or value, it cannot be opened, or that could not be put on record. 2: usage.
            """)
    @Argument(help: "The index of the record.") var index: UInt64
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @OptionGroup var matter: CaseOption
    @Option(
        help: "One value: args, digests, result, comment, tools, items or refused. May be repeated; without it all.")
    var only: [String] = []
    @Flag(help: "Print JSON with names and the exact record.") var json = false

    func run() throws {
        let state = try shard.state(configuration)
        var log = try IndexedLog(state)
        guard let record = try log.record(at: index), let entry = record.entry else {
            throw refused("no such record among \(log.size)")
        }
        let values = try log.values()
        let all: [OpenedDisclosure]
        switch values.disclosures(of: entry) {
        case .success(.disclosures(let disclosures)): all = disclosures
        case .success(.whole):
            throw refused("an earlier release sealed all values of it under one digest: they open together")
        case .failure(let why): throw refused(why.text)
        }
        let chosen = all.filter { only.isEmpty || only.contains($0.name) }
        guard !chosen.isEmpty else {
            throw refused("it has no such value, only \(all.map(\.name).joined(separator: ", "))")
        }
        try ReadingRecord(state: state, matter: matter.case).note(
            "disclose", filter: "index=\(index) " + chosen.map(\.name).joined(separator: ","), found: 1, opened: [index]
        )
        guard json else { return chosen.forEach { Terminal.print($0.text) } }
        Terminal.print(asJSON(record, chosen))
    }

    private func asJSON(_ record: LoggedRecord, _ chosen: [OpenedDisclosure]) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("index", int: index)
        writer.member("leaf", string: String(decoding: record.leaf, as: UTF8.self))
        writer.key("disclosures")
        writer.beginArray()
        for disclosure in chosen {
            writer.beginObject()
            writer.member("name", string: disclosure.name)
            writer.member("disclosure", string: disclosure.text)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: PrintableText.escaped(json: writer.bytes), as: UTF8.self)
    }

    private func refused(_ why: String) -> ExitCode {
        Terminal.error("record \(index): \(PrintableText.escaped(why))")
        return ExitCode(1)
    }
}
