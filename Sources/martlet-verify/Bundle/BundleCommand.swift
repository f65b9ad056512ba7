import ArgumentParser
import MartletJSON
import MartletTransparency

/// `martlet-verify bundle`
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Checks an evidence bundle: every file, every record under the signed checkpoint, what is disclosed.",
        discussion: """
            Example: unzip CASE-17.zip && martlet-verify bundle CASE-17 --key "$(cat log.vkey)"
            Take the key from whoever keeps it, not from the bundle. Exit code 0: good. 1: the first fault. 2: usage, or a
            directory that is not there.
            """)
    @Argument(help: "The directory that the bundle was unpacked into.") var directory: String
    @OptionGroup var key: KeyOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let verifier = try key.verifier()
        let source = DirectorySource(directory: directory)
        guard source.exists else {
            Output.error("\(directory): there is no such directory")
            throw ExitCode(2)
        }
        do throws(BundleFault) {
            let report = try BundleVerification(source: source, verifier: verifier).run()
            Output.print(json ? asJSON(report) : asText(report))
        } catch {
            if json { Output.print(asJSON(error)) }
            Output.error("\(error)")
            throw ExitCode(1)
        }
    }

    private func asText(_ report: BundleReport) -> String {
        "good: \(report.records) records of the \(report.checkpoint.size) of \(report.checkpoint.origin), "
            + "the values of \(report.disclosed) disclosed, \(report.identities) people named; "
            + "timeline, custody and certification are told, not proven: the record of the export names the manifest"
    }

    private func asJSON(_ report: BundleReport) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: true)
        writer.member("origin", string: report.checkpoint.origin)
        writer.member("size", int: Int64(clamping: report.checkpoint.size))
        writer.member("root", string: report.checkpoint.root.description)
        writer.member("records", int: Int64(report.records))
        writer.member("disclosed", int: Int64(report.disclosed))
        writer.member("identities", int: Int64(report.identities))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func asJSON(_ fault: BundleFault) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("good", bool: false)
        writer.member("file", string: fault.file)
        writer.member("fault", string: fault.problem.code)
        writer.member("text", string: fault.description)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
