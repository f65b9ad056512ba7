import MartletCore

extension KeyCommandSettings {
    /// Reads `payload_key` of `audit`; nil when it is not there, or something is wrong with it.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> KeyCommandSettings? {
        guard var section = parent.section("payload_key", &reading) else { return nil }
        guard section.has("command") else {
            reading.add(section.line, "\"payload_key\" without \"command\"", fix: "add command: [program, argument, …]")
            return nil
        }
        let command = section.command(&reading)
        let timeout = section.duration("timeout", in: Seconds(1)...Seconds(300), default: Seconds(30), &reading)
        section.finish(&reading)
        return command.map { KeyCommandSettings(command: $0, timeout: timeout) }
    }
}
