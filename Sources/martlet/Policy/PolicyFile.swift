import ArgumentParser
import Glibc
import MartletCedar
import MartletJSON

/// A file that a `policy` command was given: policies, a schema, entities or a request.
struct PolicyFile {
    let name: String
    let bytes: [UInt8]

    /// `-` is standard input. Exit code 2 when it cannot be read.
    init(_ path: String) throws {
        guard let bytes = WholeFile.read(path == "-" ? "/dev/stdin" : path) else {
            Terminal.error("\(path): \(String(cString: strerror(errno)))")
            throw ExitCode(2)
        }
        name = path == "-" ? "standard input" : path
        self.bytes = bytes
    }

    /// Text of Cedar starts neither with a brace nor with a bracket.
    var isJSON: Bool {
        let first = bytes.first { $0 > 0x20 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    /// What is wrong at a place of this file; nil as place when it is not known.
    func fault(_ span: SourceSpan?, _ problem: String, remedy: String? = nil, policy: PolicyID? = nil) -> PolicyFault {
        let place = isJSON || span == SourceSpan.none ? nil : span.map { SourcePlace(of: $0.start, in: bytes) }
        return PolicyFault(file: name, place: place, policy: policy, problem: problem, remedy: remedy)
    }

    func schema() throws(PolicyFault) -> Schema {
        do throws(SchemaError) {
            return isJSON ? try Schema(json: bytes) : try Schema(text: bytes)
        } catch {
            throw fault(error)
        }
    }

    func textPolicies() throws(PolicyFault) -> [PolicyBody] {
        do throws(ParseError) {
            return try PolicyBody.parse(bytes)
        } catch {
            throw fault(error.span, "\(error.kind)")
        }
    }

    /// Whether it is the JSON of one policy, without an id.
    var isOnePolicy: Bool { json?.member("effect") != nil }

    func jsonPolicy() throws(PolicyFault) -> PolicyBody {
        try shaped { () throws(JSONShapeError) in try PolicyBody.parse(json: bytes) }
    }

    func jsonPolicies() throws(PolicyFault) -> PolicySet {
        try shaped { () throws(JSONShapeError) in try PolicySet.parse(json: bytes) }
    }

    func shaped<Result>(_ read: () throws(JSONShapeError) -> Result) throws(PolicyFault) -> Result {
        do throws(JSONShapeError) {
            return try read()
        } catch {
            throw fault(nil, "\(error)")
        }
    }

    /// The file as JSON; nil when it is none.
    var json: JSONValue? {
        do throws(JSONError) {
            return try JSONValue.parse(bytes, limits: .cedar)
        } catch {
            return nil
        }
    }

    func fault(_ error: SchemaError) -> PolicyFault {
        fault(error.span, error.reason.problem, remedy: error.reason.remedy)
    }
}

/// Something that is wrong in a file, with its place and what to do.
struct PolicyFault: Error, CustomStringConvertible {
    let file: String
    let place: SourcePlace?
    let policy: PolicyID?
    let problem: String
    let remedy: String?

    init(file: String, place: SourcePlace?, policy: PolicyID?, problem: String, remedy: String?) {
        self.file = file
        self.place = place
        self.policy = policy
        self.problem = problem
        self.remedy = remedy
    }

    init(file: String, _ problem: String) {
        self.init(file: file, place: nil, policy: nil, problem: problem, remedy: nil)
    }

    /// `payments.cedar:3:17: policy pay: …; …`
    var description: String {
        let whole = [place.map { "\(file):\($0)" } ?? file, policy.map { "policy \($0)" }, sentence]
        return Terminal.printable(whole.compactMap { $0 }.joined(separator: ": "))
    }

    private var sentence: String { remedy.map { "\(problem); \($0)" } ?? problem }

    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("file", string: file)
        if let place {
            writer.member("line", int: place.line)
            writer.member("column", int: place.column)
        }
        if let policy { writer.member("policy", string: policy.string) }
        writer.member("problem", string: problem)
        if let remedy { writer.member("remedy", string: remedy) }
        writer.endObject()
    }

    /// Prints it, and gives the exit code of a file that is not what it should be.
    func exit() -> ExitCode {
        Terminal.error(description)
        return ExitCode(2)
    }
}

extension Terminal {
    /// What stands in a file does not control the terminal.
    static func printable(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            output.unicodeScalars.append(isControl && scalar != "\n" ? "\u{FFFD}" : scalar)
        }
        return output
    }
}
