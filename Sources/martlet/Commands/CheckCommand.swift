import ArgumentParser
import MartletConfiguration
import MartletCore
import MartletJSON

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reads the configuration as `serve` would, and says everything that is wrong.",
        discussion: "Example: martlet check --config martlet.yaml")

    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let loaded = try configuration.load()
        let grants = loaded.grants.declarations.count
        let policies = loaded.policies.policies.count
        guard json else {
            Terminal.print(
                "\(loaded.file): good. environment \(loaded.environment), posture \(loaded.posture.rawValue), "
                    + "\(loaded.upstreams.count) upstreams, \(loaded.agents.count) agents, \(grants) grants, "
                    + "\(policies) hand-written policies")
            for (key, value) in loaded.effectiveValues { Terminal.print("  \(key): \(value)") }
            Terminal.print("  audit.head: \(HeadPlace(loaded).effectiveValue)")
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("file", string: loaded.file)
        writer.member("environment", string: loaded.environment.rawValue)
        writer.member("posture", string: loaded.posture.rawValue)
        writer.member("upstreams", int: Int64(loaded.upstreams.count))
        writer.member("agents", int: Int64(loaded.agents.count))
        writer.member("grants", int: Int64(grants))
        writer.member("policies", int: Int64(policies))
        writer.member("head", string: HeadPlace(loaded).directory)
        if let weakness = HeadPlace(loaded).weakness { writer.member("head_warning", string: weakness) }
        writer.endObject()
        Terminal.print(String(decoding: writer.bytes, as: UTF8.self))
    }
}
