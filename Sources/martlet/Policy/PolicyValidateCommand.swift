import ArgumentParser
import MartletCedar
import MartletJSON

struct PolicyValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks policies against a schema, and says what is wrong and what to do.",
        discussion: """
            What passes in the strict mode cannot fail with a type error when it is evaluated. With --level, no policy
            may look further into the entities than that many steps.
            With --links, the templates are those of all files, and what fills them is checked too.
            Exit code 1: a policy does not fit, or is no Cedar. Without policies, only the schema is read.
            Examples: martlet policy validate --schema erp.cedarschema payments.cedar
                      martlet policy validate --schema erp.cedarschema templates.cedar --links links.json
            """)

    @Option(help: "The schema, as Cedar text or JSON.") var schema: String
    @Argument(help: "Policies, as Cedar text or JSON.") var files: [String] = []
    @Option(help: "Links of templates: a JSON list of template_id, link_id and args.") var links: String?
    @Flag(help: "Accept what cannot fail, also where types are mixed.") var permissive = false
    @Option(help: "How many steps a policy may look into the entities (0 to 100).") var level: Int?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (0...100).contains(level ?? 0) else { throw ArgumentParser.ValidationError("--level takes 0 to 100") }
    }

    func run() throws {
        let schema = try readSchema()
        let files = try files.map { try PolicyFile($0) }
        let linkFile = try links.map { try PolicyFile($0) }
        // Each file on its own: ids need to differ in one file only, unless links name them.
        let sets = linkFile == nil ? files.map { [$0] } : [files]
        let findings = sets.reduce(into: PolicyFindings()) { $0.add(self.findings($1, linkFile, schema)) }
        if json {
            Terminal.print(findings.json(mode: mode, level: level))
        } else {
            for fault in findings.errors { Terminal.error(fault.description) }
            for fault in findings.warnings { Terminal.error("warning: \(fault)") }
            if findings.errors.isEmpty { Terminal.print(summary(findings.count)) }
        }
        if !findings.errors.isEmpty { throw ExitCode(1) }
    }

    private var mode: ValidationMode { permissive ? .permissive : .strict }

    private func summary(_ count: Int) -> String {
        guard !files.isEmpty else { return "\(schema): good" }
        let depth = level.map { ", level \($0)" } ?? ""
        return "valid: \(count) \(count == 1 ? "policy" : "policies") (\(mode.rawValue)\(depth))"
    }

    private func readSchema() throws -> Schema {
        let file = try PolicyFile(schema)
        do throws(PolicyFault) {
            return try file.schema()
        } catch {
            throw error.exit()
        }
    }

    private func findings(_ files: [PolicyFile], _ links: PolicyFile?, _ schema: Schema) -> PolicyFindings {
        do throws(PolicyFault) {
            let loaded = try PolicyLoading(files, links: links)
            let result = Validator(schema).validate(loaded.policies, mode: mode, level: level)
            return PolicyFindings(result, loaded, schema)
        } catch {
            return PolicyFindings(error)
        }
    }
}

/// What the validator says, with files and lines.
struct PolicyFindings {
    private(set) var count = 0
    private(set) var errors: [PolicyFault] = []
    private(set) var warnings: [PolicyFault] = []

    init() {}

    init(_ fault: PolicyFault) { errors = [fault] }

    init(_ result: ValidationResult, _ loaded: PolicyLoading, _ schema: Schema) {
        count = loaded.count
        errors = result.errors.map {
            loaded.fault($0.policy, $0.span, $0.kind.problem, remedy: $0.kind.remedy(in: schema))
        }
        warnings = result.warnings.map { warning in
            switch warning {
            case .impossiblePolicy(let id): loaded.fault(id, loaded.span(of: id), "\(warning)")
            }
        }
    }

    mutating func add(_ other: PolicyFindings) {
        count += other.count
        errors += other.errors
        warnings += other.warnings
    }

    func json(mode: ValidationMode, level: Int?) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("valid", bool: errors.isEmpty)
        writer.member("mode", string: mode.rawValue)
        if let level { writer.member("level", int: level) }
        writer.member("policies", int: count)
        for (key, faults) in [("errors", errors), ("warnings", warnings)] {
            writer.key(key)
            writer.beginArray()
            for fault in faults { fault.write(&writer) }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
