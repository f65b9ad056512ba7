import ArgumentParser
import Glibc
import MartletAudit
import MartletCore
import MartletStorage
import MartletTransparency

/// `martlet audit export`: calls with everything that shows them, for somebody who has nothing of ours.
struct AuditExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes an evidence bundle: chosen calls, their records, proofs, how to check it.",
        discussion: """
            Example: martlet audit export --case CASE-17 --reason "unpaid invoice" --agent finance-bot \\
                       --since 2026-11-22 --disclose --config martlet.yaml
            The calls are those that the filters of `martlet audit search` find, all of their records, their approvals, and
            what was granted at their time; beside a refused call also the last approval of the same agent for the same tool, and
            what differs from it. What witnesses and timestamp authorities signed comes along. Without --disclose arguments and results stay sealed. The bundle is CASE-17.zip;
            an existing file is not replaced. Exit code 0: written. 1: nothing was found, the log contradicts itself, its
            checkpoint does not cover the records yet, or the reading could not be put on record. 2: usage, or a file that
            cannot be written.
            """)
    @Option(name: .customLong("case"), help: "The name of the case: letters, digits, point, hyphen; 1 to 64.")
    var name: String
    @Option(help: "Why; it stands in the bundle and on record.") var reason: String
    @OptionGroup var options: SearchOptions
    @OptionGroup var configuration: ConfigurationOption
    @OptionGroup var shard: ShardOption
    @Flag(help: "Disclose arguments and results of the chosen calls.") var disclose = false
    @Flag(help: "Leave out who the pseudonyms of people stand for.") var pseudonyms = false
    @Flag(help: "Leave out the approvals of other calls, which refused calls are compared with.") var chosenOnly = false
    @Option(help: "Where to write it, instead of CASE.zip here.") var out: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard (1...64).contains(name.utf8.count), isName, !name.hasPrefix("."), !name.hasPrefix("-") else {
            throw ValidationError(
                "--case takes 1 to 64 letters, digits, '.', '-' and '_', and begins with none of these")
        }
        guard !reason.isEmpty, reason.utf8.count <= 512 else {
            throw ValidationError("--reason takes 1 to 512 bytes")
        }
    }

    func run() throws {
        let state = try shard.state(configuration)
        let filter = try options.filter(state)
        guard !filter.isEmpty else {
            Terminal.error("choose calls with a filter, at least --since; see martlet audit export --help")
            throw ExitCode(2)
        }
        let path = out ?? name + ".zip"
        guard !WholeFile.exists(path) else {
            Terminal.error("\(path) is there already; move it away or choose another --out")
            throw ExitCode(2)
        }
        var log = try IndexedLog(state)
        var export = try EvidenceExport(
            log, state, file: evidenceCase(filter), policy: configuration.witnessPolicy(), discloses: disclose,
            names: !pseudonyms)
        try export.gather(filter, &log, compares: !chosenOnly)
        guard let archive = try export.archive() else {
            Terminal.error("more than 4 GiB or 65,535 files: choose fewer calls")
            throw ExitCode(2)
        }
        try record(export, "case=\(name) manifest=\(archive.manifest) \(filter.text(found: export.found))", state)
        guard WholeFile.create(archive.bytes, at: path) else {
            Terminal.error("\(path) cannot be written, or is there already")
            throw ExitCode(2)
        }
        Terminal.print(json ? export.json(path, archive.manifest) : export.text(path, archive.manifest))
    }

    /// One record names 256 opened payloads; there are as many records as it takes to name all.
    private func record(_ export: EvidenceExport, _ filter: String, _ state: StateDirectory) throws {
        let reading = ReadingRecord(state: state, matter: name)
        var opened = export.opened.sorted()[...]
        repeat {
            try reading.note("export", filter: filter, found: export.found, opened: Array(opened.prefix(256)))
            opened = opened.dropFirst(256)
        } while !opened.isEmpty
    }

    private func evidenceCase(_ filter: IndexFilter) -> EvidenceCase {
        EvidenceCase(
            name: name, reason: reason, selection: filter.text(found: 1), exported: SystemClock().now(),
            exporter: "user \(geteuid()), process \(getpid()) on \(HostName.current)", origin: "", size: 0, root: "")
    }
}
