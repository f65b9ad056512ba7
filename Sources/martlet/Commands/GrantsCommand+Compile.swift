import ArgumentParser
import MartletConfiguration
import MartletCore
import MartletJSON
import MartletPolicy

extension GrantsCommand {
    /// Reads the files alone; nothing has to run. The end of a grant of the short form counts from the day on which the
    /// gateway first saw it, which only the gateway knows: here from today.
    struct Compile: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What the grants mean: the Cedar policies they compile to.",
            discussion: """
                Example: martlet grants compile --config martlet.yaml --grant 1
                Exit code 0: printed. 1: there is no such grant. 2: usage, or a configuration that cannot be used.
                """)

        @OptionGroup var configuration: ConfigurationOption
        @Option(help: "One grant only: its number in the files, counted from 1, or its id.") var grant: String?
        @Flag(help: "Print the schema of all policies, too.") var schema = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let loaded = try configuration.load()
            let compiled = loaded.grants.compile(listed: [:], firstSeen: [:], now: SystemClock().now())
            let entries = try chosen(compiled.entries)
            let text = PolicySchema(grants: compiled.grants, terms: loaded.grants.terms).text
            let limits = PolicyText.limits(
                of: compiled.grants, for: entries.map(\.grant), beside: loaded.policies.policies)
            Terminal.print(json ? document(entries, limits, text) : page(entries, limits, text, compiled.pending))
        }

        private func chosen(_ entries: [CompiledGrants.Entry]) throws -> [CompiledGrants.Entry] {
            guard let grant else { return entries }
            if let entry = entries.first(where: { $0.grant.id.rawValue == grant }) { return [entry] }
            if let number = Int(grant), entries.indices.contains(number - 1) { return [entries[number - 1]] }
            Terminal.error("no grant \"\(grant)\"; there are \(entries.count): name one by number or id")
            throw ExitCode(1)
        }

        private func page(
            _ entries: [CompiledGrants.Entry], _ limits: [PolicyText], _ schema: String,
            _ pending: [GrantDeclaration]
        ) -> String {
            var parts = entries.map { entry in
                let end = entry.declaration.isShortForm ? ", its end counted from today" : ""
                return "// \(place(entry))\(end)\n"
                    + entry.grant.policyTexts.map(\.text).joined(separator: "\n\n")
            }
            if !limits.isEmpty {
                parts.append("// what no hand-written permit lifts\n" + limits.map(\.text).joined(separator: "\n\n"))
            }
            if grant == nil {
                parts.append("// of the gateway itself\n" + PolicyText.builtIn.map(\.text).joined(separator: "\n\n"))
                parts += pending.map {
                    "// \($0.file):\($0.line): no configured tool \"\($0.subject.text)\" yet; permits nothing"
                }
            }
            return (parts + (self.schema ? ["// schema\n" + schema] : [])).joined(separator: "\n\n")
        }

        private func place(_ entry: CompiledGrants.Entry) -> String {
            "\(entry.declaration.file):\(entry.declaration.line)"
        }

        private func document(_ entries: [CompiledGrants.Entry], _ limits: [PolicyText], _ schema: String) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("grants")
            writer.beginArray()
            for entry in entries {
                writer.beginObject()
                writer.member("id", string: entry.grant.id.rawValue)
                writer.member("source", string: place(entry))
                writer.member("expires", string: entry.grant.expires.rfc3339)
                writer.member("expires_from_today", bool: entry.declaration.isShortForm)
                writer.key("policies")
                write(entry.grant.policyTexts, to: &writer)
                writer.endObject()
            }
            writer.endArray()
            writer.key("limits")
            write(limits, to: &writer)
            writer.key("built_in")
            write(PolicyText.builtIn, to: &writer)
            if self.schema { writer.member("schema", string: schema) }
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }

        private func write(_ policies: [PolicyText], to writer: inout JSONWriter) {
            writer.beginArray()
            for policy in policies {
                writer.beginObject()
                writer.member("id", string: policy.id)
                writer.member("text", string: policy.text)
                writer.endObject()
            }
            writer.endArray()
        }
    }
}
