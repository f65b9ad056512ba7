package import MartletCore
import MartletPolicy

extension Section {
    /// The most places of one tool: each costs every call of it one entry of the index.
    private static let mostSearches = 8

    /// The places under `search` of a tool; nil when there are none.
    mutating func searches(_ reading: inout Reading) -> [SearchedPath]? {
        let place = line(of: "search") ?? line
        var paths: [SearchedPath] = []
        for (text, line) in texts("search", &reading) {
            guard let path = SearchedPath(text) else {
                reading.add(
                    line, "\"\(text)\" in \"search\" is no place of one value",
                    fix: "write a JSON Pointer like /vendor_id, without * and =")
                continue
            }
            guard !paths.contains(path) else {
                reading.add(line, "\"\(text)\" twice in \"search\"", fix: "write it once")
                continue
            }
            paths.append(path)
        }
        if paths.count > Self.mostSearches {
            reading.add(
                place, "more than \(Self.mostSearches) places in \"search\"",
                fix: "keep those that investigations begin with")
        }
        return paths.isEmpty ? nil : paths
    }
}

extension GatewayConfiguration {
    /// The places in arguments by whose values calls can be found.
    package var searched: SearchedArguments {
        SearchedArguments(
            Dictionary(upstreams.map { ($0.name, $0.searches) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The same of the file at `path`; what it says of other things may be wrong, as for `stateLocation`.
    package static func searched(path: String) throws(ConfigurationErrors) -> SearchedArguments {
        var reading = Reading(file: path, environment: [:], now: UnixTime(seconds: 0))
        var searches: [UpstreamID: [ToolName: [SearchedPath]]] = [:]
        if let root = root(&reading), var section = Section(root, &reading) {
            for element in section.elements("upstreams", &reading) {
                guard var upstream = Section(element, &reading),
                    let name = upstream.requiredName("name", &reading, make: { UpstreamID($0) })
                else { continue }
                searches[name] = upstream.tools(&reading).compactMapValues(\.searches)
            }
        }
        guard reading.problems.all.isEmpty else { throw ConfigurationErrors(problems: reading.all) }
        return SearchedArguments(searches)
    }
}
