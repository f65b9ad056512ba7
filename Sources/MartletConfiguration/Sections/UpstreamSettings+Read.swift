import MartletCore
import MartletPolicy

extension UpstreamSettings {
    static func readAll(_ parent: inout Section, _ reading: inout Reading) -> [UpstreamSettings] {
        guard parent.has("upstreams") else {
            _ = parent.require("upstreams", &reading, fix: "add at least one MCP server")
            return []
        }
        let line = parent.line(of: "upstreams") ?? parent.line
        let before = reading.problems.all.count
        let elements = parent.elements("upstreams", &reading)
        if elements.isEmpty, reading.problems.all.count == before {
            reading.add(line, "no upstream", fix: "add at least one MCP server")
        }
        var upstreams: [UpstreamSettings] = []
        var secrets = SharedSecrets()
        for element in elements {
            guard var section = Section(element, &reading) else { continue }
            let upstream = read(&section, &secrets, &reading)
            section.finish(&reading)
            guard let upstream else { continue }
            if upstreams.contains(where: { $0.name == upstream.name }) {
                reading.add(section.line, "upstream \"\(upstream.name)\" twice", fix: "give each its own name")
            }
            upstreams.append(upstream)
        }
        return upstreams
    }

    private static func read(
        _ section: inout Section, _ secrets: inout SharedSecrets, _ reading: inout Reading
    ) -> UpstreamSettings? {
        let line = section.line(of: "name") ?? section.line
        let name = section.requiredName("name", &reading) { UpstreamID($0) }
        if let name, name.rawValue.contains("__") || name.rawValue.hasSuffix("_") {
            // On /mcp a tool is <upstream>__<tool>: the first "__" must be the one after the upstream.
            reading.add(
                line, "upstream \"\(name)\" has \"__\" or ends with \"_\"", fix: "write - or . in its place")
        }
        let transport = Transport.read(&section, upstream: name?.rawValue ?? "", &secrets, &reading)
        let standardError = section.standardError(&reading)
        let authorities = section.certificateAuthorities(of: transport?.url, &reading)
        let era = section.era(&reading)
        let timeout = section.duration("timeout", in: Seconds(1)...Seconds(300), default: Seconds(30), &reading)
        let tools = section.tools(&reading)
        guard let name, let transport else { return nil }
        return UpstreamSettings(
            name: name, transport: transport, era: era, timeout: timeout, standardError: standardError,
            certificateAuthorities: authorities, tools: tools.mapValues(\.bindings),
            classes: tools.compactMapValues(\.toolClass), searches: tools.compactMapValues(\.searches))
    }
}

extension UpstreamSettings.Transport {
    fileprivate static func read(
        _ section: inout Section, upstream: String, _ secrets: inout SharedSecrets, _ reading: inout Reading
    ) -> Self? {
        switch (section.has("command"), section.has("url")) {
        case (true, false):
            refuse("credential", in: &section, fix: "pass it in environment_variables", &reading)
            refuse("certificate_authorities", in: &section, fix: "a command has no TLS; remove it", &reading)
            let command = section.command(&reading)
            let environment = section.environmentVariables(upstream: upstream, &secrets, &reading)
            let limits = section.childLimits(&reading)
            return command.map { .command($0, environment: environment, limits: limits) }
        case (false, true):
            refuse("limits", in: &section, fix: "a url has no process; remove it", &reading)
            refuse("stderr", in: &section, fix: "a url has no process; remove it", &reading)
            refuse("environment_variables", in: &section, fix: "a url has no environment; use credential", &reading)
            let url = section.url("url", &reading)
            let credential = section.credential(upstream: upstream, &secrets, &reading)
            return url.map { .url($0, credential: credential) }
        case (let both, _):
            reading.add(
                section.line, both ? "an upstream with both \"command\" and \"url\"" : "an upstream without an address",
                fix: "write either command: [program, argument] or url: https://…")
            let keys = [
                "command", "url", "credential", "environment_variables", "limits", "stderr", "certificate_authorities",
            ]
            for key in keys { _ = section.take(key) }
            return nil
        }
    }

    fileprivate var url: HTTPURL? {
        switch self {
        case .command: nil
        case .url(let url, _): url
        }
    }

    private static func refuse(_ key: String, in section: inout Section, fix: String, _ reading: inout Reading) {
        guard let entry = section.take(key) else { return }
        reading.add(entry.line, "\"\(key)\" does not belong to this kind of upstream", fix: fix)
    }
}

extension Section {
    /// `command`: a program, found or made absolute, and its arguments.
    mutating func command(_ reading: inout Reading) -> [String]? {
        let line = line(of: "command") ?? self.line
        let before = reading.problems.all.count
        var words = texts("command", &reading).map(\.text)
        guard let program = words.first else {
            if reading.problems.all.count == before {
                reading.add(line, "an empty command", fix: "write [program, argument, …]")
            }
            return nil
        }
        guard program.contains("/") else { return words }
        words[0] = reading.resolve(program)
        if !FileReading.isExecutable(words[0]) {
            reading.add(line, "\"\(program)\" cannot be started", fix: "correct the path, or chmod +x")
        }
        return words
    }

    fileprivate mutating func childLimits(_ reading: inout Reading) -> UpstreamSettings.ChildLimitSettings {
        guard var section = section("limits", &reading) else {
            return UpstreamSettings.ChildLimitSettings()
        }
        defer { section.finish(&reading) }
        return UpstreamSettings.ChildLimitSettings(
            descriptors: section.integer("descriptors", in: 16...1_048_576, default: 1024, &reading),
            memoryBytes: section.size("memory", in: 64 << 20...1 << 40, default: 2 << 30, &reading))
    }

    fileprivate mutating func era(_ reading: inout Reading) -> UpstreamSettings.Era {
        word("era", default: .auto, &reading)
    }

    fileprivate mutating func standardError(_ reading: inout Reading) -> UpstreamSettings.StandardError {
        word("stderr", default: .log, &reading)
    }

    /// One of the words of an enumeration.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ key: String, default absent: Word, _ reading: inout Reading
    ) -> Word {
        guard let (text, line) = text(key, &reading) else { return absent }
        if let word = Word(rawValue: text) { return word }
        let known = Word.allCases.map(\.rawValue)
        reading.add(line, "unknown \(key) \"\(text)\"", fix: "use one of: " + known.joined(separator: ", "))
        return absent
    }

    mutating func tools(_ reading: inout Reading) -> [ToolName: ToolSettings] {
        guard var section = section("tools", &reading) else { return [:] }
        var tools: [ToolName: ToolSettings] = [:]
        for entry in section.takeAll() {
            let name = Section.name(entry.key, of: "tools", line: entry.line, &reading) { ToolName($0) }
            let tool = entry.isNull ? ToolSettings() : ToolSettings(entry, &reading)
            if let name { tools[name] = tool }
        }
        return tools
    }
}

/// What the operator says about one tool.
struct ToolSettings {
    private(set) var bindings: ToolBindings.Names = [:]
    private(set) var toolClass: ToolClass?
    /// Nil for none.
    private(set) var searches: [SearchedPath]?

    init() {}

    init(_ entry: Entry, _ reading: inout Reading) {
        guard var tool = Section(entry, &reading) else { return }
        let entries = tool.section("bindings", &reading).map { section in
            var section = section
            return section.takeAll()
        }
        if tool.has("class") { toolClass = tool.word("class", default: ToolClass.write, &reading) }
        searches = tool.searches(&reading)
        tool.finish(&reading)
        for binding in entries ?? [] {
            guard let path = binding.text.flatMap({ ArgumentPath($0) }) else {
                reading.add(
                    binding.line, "binding \"\(binding.key)\" is no path to an argument",
                    fix: "write a JSON Pointer like /amount")
                continue
            }
            bindings[binding.key] = path
        }
    }
}
