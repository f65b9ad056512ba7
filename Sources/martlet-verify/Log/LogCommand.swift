import ArgumentParser
import MartletJSON
import MartletRecords
import MartletTransparency

/// `martlet-verify log`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Checks a whole log: signature, tiles, records, the rules among them, and an older checkpoint.",
        discussion: """
            Example: martlet-verify log state/audit --key "$(cat log.vkey)" --since checkpoint.of.yesterday
            The directory holds `checkpoint` and `tile/`; everything else in it is left alone. It may be the one of a running
            gateway. --previous DIRECTORY also checks the closed log that it goes on from, and that each names the other. The rules among the records (docs/operate/audit-log.md) say, for example, that each call under a grant
            that requires approval has one, of somebody else, before its end, once.
            """)
    @Argument(help: "The directory of the log.") var directory: String
    @OptionGroup var key: KeyOption
    @Option(help: "An older checkpoint of the same log: the log must continue it.") var since: String?
    @Option(
        help: "The verifier key of a witness that must have signed the older checkpoint, or without one the log's own."
    )
    var witness: [String] = []
    @Option(help: "The directory of the closed log that this one goes on from: it is checked whole, too.")
    var previous: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Whether each leaf must be a record of the gateway, and the records must keep their rules.") var records =
        true
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let verifier = try key.verifier()
        guard DirectorySource(directory: directory).exists else {
            Output.error("\(directory): there is no such directory")
            throw ExitCode(2)
        }
        let witnesses = try witness.map { text in
            guard let witness = CosignatureVerifier(text) else {
                throw ValidationError("--witness \(text) is no key of an Ed25519 cosigner")
            }
            return witness
        }
        let older = try since.map { ($0, try NamedFile.read($0, limit: 1 << 20)) }
        var contradictions = false
        do throws(LogFault) {
            var verification = LogVerification(source: DirectorySource(directory: directory), verifier: verifier)
            verification.expectsRecords = records
            verification.witnesses = witnesses
            if let (file, bytes) = older {
                let chain = try KeyChain(verifier, in: DirectorySource(directory: directory))
                let checkpoint = try LogVerification<DirectorySource>.checkpoint(bytes, file, chain)
                try LogVerification<DirectorySource>.checkCosignatures(bytes, file, witnesses)
                verification.older = (file, checkpoint)
            }
            let report = try await verification.run()
            tell(report.findings, report.omitted)
            contradictions = !report.findings.isEmpty
            var earlier: LogReport?
            if let previous {
                guard let named = report.previous else { throw LogFault(file: "checkpoint", problem: .noPrevious) }
                let found = try await PreviousLog(directory: previous, named: named)
                    .check(later: report.checkpoint.origin, key: verifier.verifierKey)
                tell(found.findings, found.omitted, "\(previous): ")
                contradictions = contradictions || !found.findings.isEmpty
                earlier = found
            }
            Output.print(json ? asJSON(report, earlier) : asText(report, earlier))
        } catch {
            if json { Output.print(error.asJSON) }
            Output.error("\(error)")
            if case .unreadable = error.problem { throw ExitCode(2) }
            throw ExitCode(1)
        }
        if contradictions { throw ExitCode(1) }
    }

    private func tell(_ findings: [LogFinding], _ omitted: Int, _ place: String = "") {
        for finding in findings {
            Output.error("\(place)record \(finding.index): \(finding.rule.rawValue): \(finding.text)")
        }
        if omitted > 0 { Output.error("\(place)and \(omitted) more") }
    }

    private func asText(_ report: LogReport, _ earlier: LogReport?) -> String {
        let count = report.findings.count + report.omitted
        let verdict = count == 0 ? "good" : "\(count) contradictions in the signed log"
        var text = "\(verdict): \(report.checkpoint.size) records of \(report.checkpoint.origin), root "
        text += "\(report.checkpoint.root), \(report.compared) tiles"
        if let older = report.older { text += ", continues the first \(older)" }
        for rotation in report.rotations { text += ", key replaced by record \(rotation.index)" }
        if let before = report.previous {
            text +=
                ", goes on from \(before.origin)"
                + (earlier.map { $0.findings.isEmpty ? ", which is good" : ", which contradicts itself" }
                    ?? ", which was not looked at")
        }
        if let next = report.next { text += ", closed: the next log is \(next.origin), key \(next.key)" }
        if report.beyond > 0 { text += ", \(report.beyond) tiles behind the checkpoint not looked at" }
        if report.foreign > 0 { text += ", \(report.foreign) files that are no tiles not looked at" }
        return text
    }

    private func asJSON(_ report: LogReport, _ earlier: LogReport?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: report.findings.isEmpty && earlier?.findings.isEmpty ?? true)
        writer.member("origin", string: report.checkpoint.origin)
        writer.member("size", int: Int64(clamping: report.checkpoint.size))
        writer.member("root", string: report.checkpoint.root.description)
        if let older = report.older { writer.member("continues", int: Int64(clamping: older)) }
        if let before = report.previous {
            writer.member("previous", string: before.origin)
            writer.member("previous_checked", bool: earlier != nil)
        }
        if let next = report.next {
            writer.member("next", string: next.origin)
            writer.member("next_vkey", string: next.key)
        }
        writer.key("rotations")
        writer.beginArray()
        for rotation in report.rotations {
            writer.beginObject()
            writer.member("index", int: Int64(clamping: rotation.index))
            writer.member("vkey", string: rotation.newKey)
            writer.endObject()
        }
        writer.endArray()
        writer.member("tiles", int: Int64(report.compared))
        writer.member("tiles_behind_checkpoint", int: Int64(report.beyond))
        writer.member("other_files", int: Int64(report.foreign))
        writer.key("findings")
        writer.beginArray()
        for finding in report.findings {
            writer.beginObject()
            writer.member("index", int: Int64(clamping: finding.index))
            writer.member("rule", string: finding.rule.rawValue)
            writer.member("text", string: finding.text)
            writer.endObject()
        }
        writer.endArray()
        writer.member("findings_omitted", int: Int64(report.omitted))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension LogFault {
    var asJSON: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: false)
        writer.member("file", string: file)
        if let index { writer.member("index", int: Int64(clamping: index)) }
        writer.member("fault", string: code)
        writer.member("text", string: description)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
