import ArgumentParser
import MartletCedar
import MartletJSON

struct PolicyTranslateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "translate", abstract: "Turns policies or a schema from Cedar text into JSON, or back.",
        discussion: """
            The direction is that of the input. Text keeps no ids but @id, and no links of templates.
            Examples: martlet policy translate payments.cedar > payments.json
                      martlet policy translate --schema erp.cedarschema > erp.json
            """)

    @Argument(help: "Policies or a schema; standard input without one, or as `-`.") var file = "-"
    @Flag(help: "The input is a schema.") var schema = false
    @Flag(help: "Print one JSON object: what it is, its form, and the result.") var json = false

    func run() throws {
        let input = try PolicyFile(file)
        let output: [UInt8]
        do throws(PolicyFault) {
            output = schema ? try input.translatedSchema() : try input.translatedPolicies()
        } catch {
            throw error.exit()
        }
        Terminal.print(json ? wrapped(output, isJSON: !input.isJSON) : String(decoding: output, as: UTF8.self))
    }

    private func wrapped(_ output: [UInt8], isJSON: Bool) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", string: schema ? "schema" : "policies")
        writer.member("form", string: isJSON ? "json" : "cedar")
        if isJSON {
            writer.member("result", raw: output)
        } else {
            writer.member("result", string: String(decoding: output, as: UTF8.self))
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension PolicyFile {
    fileprivate func translatedSchema() throws(PolicyFault) -> [UInt8] {
        do throws(SchemaError) {
            let document = isJSON ? try SchemaDocument(json: bytes) : try SchemaDocument(text: bytes)
            return isJSON ? Array(try document.text().utf8) : document.json
        } catch {
            throw fault(error)
        }
    }

    fileprivate func translatedPolicies() throws(PolicyFault) -> [UInt8] {
        guard isJSON else { return try numbered().json }
        let text: String
        if isOnePolicy {
            text = try jsonPolicy().description
        } else {
            let set = try jsonPolicies()
            if let link = set.policies.first(where: { $0.link != nil }) {
                throw fault(nil, "Cedar text has no links of templates, and `\(link.id)` is one", remedy: "take it out")
            }
            text = set.text
        }
        return try formatted(text)
    }

    /// As the reference numbers them: `policy0` and so on.
    private func numbered() throws(PolicyFault) -> PolicySet {
        do throws(ParseError) {
            return try PolicySet.parse(bytes)
        } catch {
            throw fault(error.span, "\(error.kind)")
        }
    }

    private func formatted(_ text: String) throws(PolicyFault) -> [UInt8] {
        do throws(PolicyFormat.Failure) {
            return Array(try PolicyFormat().format(Array(text.utf8)).utf8.dropLast())
        } catch {
            throw fault(nil, "the policies cannot be written as Cedar text")
        }
    }
}
