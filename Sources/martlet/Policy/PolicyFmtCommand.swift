import ArgumentParser
import Glibc
import MartletCedar
import MartletJSON

struct PolicyFmtCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Formats policies as Cedar text; comments stay.",
        discussion: """
            Prints the result; with --write changes the files, with --check only says which ones would change.
            Example: martlet policy fmt --check policies/*.cedar
            """)

    @Argument(help: "Files of policies as Cedar text; standard input without one, or as `-`.") var files: [String] = []
    @Flag(help: "Change nothing; exit code 1 when a file is not formatted.") var check = false
    @Flag(help: "Write the result into the file.") var write = false
    @Option(help: "The margin, in columns (20 to 1000).") var lineWidth = 80
    @Option(help: "Spaces per level (0 to 16).") var indent = 2
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard !(check && write) else { throw ValidationError("choose --check or --write, not both") }
        guard !(write && (files.isEmpty || files.contains("-"))) else {
            throw ValidationError("--write needs files; standard input cannot be written")
        }
        guard (20...1000).contains(lineWidth) else { throw ValidationError("--line-width takes 20 to 1000") }
        guard (0...16).contains(indent) else { throw ValidationError("--indent takes 0 to 16") }
    }

    func run() throws {
        var format = PolicyFormat()
        format.lineWidth = lineWidth
        format.indent = indent
        // All of them before the first one is written: a file that cannot be read leaves everything as it is.
        let results = try (files.isEmpty ? ["-"] : files).map { path in try Formatted(path, format) }
        if write { for result in results where result.isChanged { try result.write() } }
        if json {
            Terminal.print(Formatted.json(results, withText: !check && !write))
        } else {
            for result in results { show(result) }
        }
        if check, results.contains(where: \.isChanged) { throw ExitCode(1) }
    }

    private func show(_ result: Formatted) {
        guard check || write else { return Terminal.print(String(result.text.dropLast())) }
        if result.isChanged { Terminal.print("\(result.file.name): \(check ? "not formatted" : "formatted")") }
    }
}

/// A file and how it should look.
private struct Formatted {
    let path: String
    let file: PolicyFile
    let text: String

    init(_ path: String, _ format: PolicyFormat) throws {
        self.path = path
        file = try PolicyFile(path)
        do throws(PolicyFormat.Failure) {
            text = try format.format(file.bytes)
        } catch {
            switch error {
            case .parse(let error): throw file.fault(error.span, "\(error.kind)").exit()
            case .unsafe: throw file.fault(nil, "the formatter would change the meaning; please report it").exit()
            }
        }
    }

    var isChanged: Bool { !text.utf8.elementsEqual(file.bytes) }

    func write() throws {
        guard WholeFile.replace(path, with: Array(text.utf8)) else {
            Terminal.error("cannot write \(path): \(String(cString: strerror(errno)))")
            throw ExitCode(2)
        }
    }

    static func json(_ results: [Formatted], withText: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("formatted", bool: !results.contains(where: \.isChanged))
        writer.key("files")
        writer.beginArray()
        for result in results {
            writer.beginObject()
            writer.member("file", string: result.file.name)
            writer.member("changed", bool: result.isChanged)
            if withText { writer.member("text", string: result.text) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
