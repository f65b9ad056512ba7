import MartletCore
import MartletPolicy
package import MartletTransparency

extension GatewayConfiguration {
    /// The policy of the witnesses that the file at `path` names; nil when it names none. What it says of other things may be
    /// wrong, as for `stateLocation`.
    package static func witnessPolicy(path: String) throws(ConfigurationErrors) -> WitnessPolicy? {
        var reading = Reading(file: path, environment: [:], now: UnixTime(seconds: 0))
        var settings: WitnessSettings?
        var isNamed = false
        if let root = root(&reading), var section = Section(root, &reading),
            var audit = section.section("audit", &reading)
        {
            isNamed = audit.has("witnesses")
            settings = WitnessSettings.read(&audit, &reading)
        }
        guard settings != nil || !isNamed && reading.problems.all.isEmpty else {
            throw ConfigurationErrors(problems: reading.all)
        }
        return settings?.policy
    }
}
