import ArgumentParser
import MartletCedar
import MartletJSON

struct PolicyEvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Answers one request by policies, and says which of them decided.",
        discussion: """
            The answer is that of Cedar: a policy that fails to evaluate does not count. The gateway denies when one fails.
            Exit code 1: deny. With a schema, entities and request have to fit it.
            Examples: martlet policy eval --policies payments.cedar --request request.json
                      martlet policy eval --policies a.cedar b.cedar --entities entities.json \
            --principal 'Agent::"pay-bot"' --action 'Action::"pay"' --resource 'Upstream::"erp"' --context '{"n": 1}'
                      martlet policy eval --policies templates.cedar --links links.json --request request.json
            """)

    @Option(parsing: .upToNextOption, help: "Policies, as Cedar text or JSON.") var policies: [String]
    @Option(help: "Links of templates: a JSON list of template_id, link_id and args.") var links: String?
    @Option(help: "Entities, as JSON.") var entities: String?
    @Option(help: "The schema, as Cedar text or JSON.") var schema: String?
    @OptionGroup var request: PolicyRequestOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let policyFiles = try policies.map { try PolicyFile($0) }
        let linkFile = try links.map { try PolicyFile($0) }
        let schemaFile = try schema.map { try PolicyFile($0) }
        let entityFile = try entities.map { try PolicyFile($0) }
        let written = try request.read()
        let answer: PolicyAnswer
        do throws(PolicyFault) {
            let loaded = try PolicyLoading(policyFiles, links: linkFile)
            let world = PolicyWorld(schema: try schemaFile.map { (file) throws(PolicyFault) in try file.schema() })
            let request = try world.request(written)
            let response = Authorizer(loaded.policies).response(to: request, entities: try world.entities(entityFile))
            answer = PolicyAnswer(response, loaded)
        } catch {
            throw error.exit()
        }
        Terminal.print(json ? answer.json : answer.text)
        if answer.response.decision == .deny { throw ExitCode(1) }
    }
}

/// What requests and entities are read by: a schema, or nothing.
struct PolicyWorld {
    let schema: Schema?

    func entities(_ file: PolicyFile?) throws(PolicyFault) -> EntityStore {
        let bytes = file?.bytes ?? Array("[]".utf8)
        let name = file?.name ?? "entities"
        do throws(SchemaReadingError) {
            if let schema { return try schema.entities(json: bytes) }
        } catch {
            throw PolicyFault(file: name, "\(error)")
        }
        do throws(JSONShapeError) {
            return try EntityStore.parse(json: bytes)
        } catch {
            throw PolicyFault(file: name, "\(error)")
        }
    }

    func request(_ written: WrittenRequest) throws(PolicyFault) -> Request {
        let request = Request(
            principal: written.principal, action: written.action, resource: written.resource,
            context: try context(written))
        do throws(RequestValidationError) {
            try schema?.validate(
                principal: request.principal, action: request.action, resource: request.resource,
                context: request.context)
        } catch {
            throw PolicyFault(file: "request", "\(error)")
        }
        return request
    }

    private func context(_ written: WrittenRequest) throws(PolicyFault) -> Record {
        do throws(SchemaReadingError) {
            if let schema { return try schema.context(json: written.context, action: written.action) }
        } catch {
            throw PolicyFault(file: "context", "\(error)")
        }
        do throws(JSONShapeError) {
            return try Record.parse(json: written.context)
        } catch {
            throw PolicyFault(file: "context", "\(error)")
        }
    }
}

/// The answer to a request, for people and for programs.
struct PolicyAnswer {
    let response: Response
    private let failures: [PolicyFault]

    init(_ response: Response, _ loaded: PolicyLoading) {
        self.response = response
        failures = response.errors.map { loaded.fault($0.policy, $0.error.span, $0.error.description) }
    }

    var text: String {
        var lines = [response.decision.rawValue]
        lines.append("determined by: \(list(response.determining))")
        lines.append("satisfied permits: \(list(response.permits))")
        lines.append("satisfied forbids: \(list(response.forbids))")
        lines += failures.map { "failed: \($0)" }
        if !failures.isEmpty, response.decision == .allow {
            lines.append("the gateway would deny this: a policy failed")
        }
        return lines.joined(separator: "\n")
    }

    private func list(_ ids: [PolicyID]) -> String {
        ids.isEmpty ? "none" : Terminal.printable(ids.map(\.string).joined(separator: ", "))
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("decision", string: response.decision.rawValue)
        for (key, ids) in [
            ("determining", response.determining), ("permits", response.permits), ("forbids", response.forbids),
        ] {
            writer.key(key)
            writer.beginArray()
            for id in ids { writer.string(id.string) }
            writer.endArray()
        }
        writer.key("errors")
        writer.beginArray()
        for failure in failures { failure.write(&writer) }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
