import ArgumentParser
import MartletAudit
import MartletCore

/// The filters that the reading commands share.
struct SearchOptions: ParsableArguments {
    @Option(help: "One call, by its id.") var call: String?
    @Option(help: "Records of this agent.") var agent: String?
    @Option(help: "Records for this user.") var user: String?
    @Option(help: "Anybody of this name: agent, user, approver, delegate, owner of a credential.") var subject: String?
    @Option(help: "One tool; `prompt NAME` and `resource URI` for the others.") var tool: String?
    @Option(help: "One upstream.") var upstream: String?
    @Option(help: "permit, deny or approval_required.") var decision: String?
    @Option(help: "One grant, by its id.") var grant: String?
    @Option(help: "One approval, apr_….") var approval: String?
    @Option(help: "A credential: its digest (sha256:…) or its token id.") var credential: String?
    @Option(help: "The digest of the policies that decided.") var policy: String?
    @Option(help: "One type of record, e.g. call.denied.") var type: String?
    @Option(help: "The model, by its name.") var model: String?
    @Option(help: "How the model is known: verified, observed or asserted.") var modelSource: String?
    @Option(help: "Part of the outcome or of the reason, e.g. timeout.") var status: String?
    @Option(help: "A trace, by its id or by a traceparent of it.") var trace: String?
    @Option(help: "The address a request came from.") var source: String?
    @OptionGroup var period: PeriodOptions

    /// Persons are looked up in the vault of `state`: records have their pseudonyms.
    func filter(_ state: StateDirectory) throws -> IndexFilter {
        var filter = IndexFilter()
        if let tool { try Self.check(tool: tool, "martlet audit search") }
        let columns: [(IndexColumn, String?)] = [
            (.call, try checked(call, "--call") { CallID($0) != nil }), (.agent, agent), (.user, user),
            (.tool, tool), (.upstream, upstream), (.grant, grant), (.approval, approval), (.policy, policy),
            (.decision, try checked(decision, "--decision") { Self.decisions.contains($0) }), (.model, model),
            (.modelSource, try checked(modelSource, "--model-source") { Self.groups.contains($0) }),
            (.type, try checked(type, "--type", Self.isType)), (.source, source),
        ]
        for (column, value) in columns { filter.equal[column] = value }
        filter.person = subject
        filter.credential = credential
        filter.status = status
        filter.trace = try trace.map(Self.traceID)
        try period.apply(to: &filter)
        if !filter.people.isEmpty {
            filter.pseudonyms = ReadersNames(state).pseudonyms(of: filter.people)
        }
        return filter
    }

    private func checked(_ text: String?, _ option: String, _ isGood: (String) -> Bool) throws -> String? {
        guard let text, !isGood(text) else { return text }
        throw Usage.refused("\(option) \(text)", "martlet audit search")
    }

    /// Records are printed as `erp/issue_payment`, and asked for by the two parts.
    static func check(tool: String, _ command: String) throws {
        let parts = tool.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, !tool.utf8.contains(UInt8(ascii: " ")) else { return }
        Terminal.error("--tool \(tool): say --upstream \(parts[0]) --tool \(parts[1]); see \(command) --help")
        throw ExitCode(2)
    }

    /// `00-<trace id>-<span id>-<flags>`, or the trace id alone.
    private static func traceID(_ text: String) throws -> String {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let id = String(parts.count == 4 ? parts[1] : parts[0])
        guard parts.count == 4 || parts.count == 1, id.utf8.count == 32, id.allSatisfy(\.isHexDigit) else {
            throw Usage.refused("--trace \(text)", "martlet audit search")
        }
        return id.lowercased()
    }

    private static let decisions = ["permit", "deny", "approval_required"]
    private static let groups = ["verified", "observed", "asserted"]

    private static func isType(_ text: String) -> Bool {
        text == IndexRow.unreadable || RecordType(rawValue: text) != nil
    }
}

/// `--since` and `--until`.
struct PeriodOptions: ParsableArguments {
    @Option(help: "From this moment: 2026-11-22 or 2026-11-22T19:00:00Z.") var since: String?
    @Option(help: "Up to and without this moment.") var until: String?

    func apply(to filter: inout IndexFilter) throws {
        filter.since = try since.map { try moment($0, "--since") }
        filter.until = try until.map { try moment($0, "--until") }
    }

    private func moment(_ text: String, _ option: String) throws -> UnixTime {
        guard let time = UnixTime(rfc3339: text) else {
            throw Usage.refused("\(option) \(text)", "martlet audit search")
        }
        return time
    }
}

enum Usage {
    /// Says which option was not understood, and gives the exit code 2.
    static func refused(_ option: String, _ command: String) -> ExitCode {
        Terminal.error("\(option) cannot be understood; see \(command) --help")
        return ExitCode(2)
    }
}
