package import MartletCore
import MartletPolicy
import Yams

extension GatewayConfiguration {
    /// Reads and checks the file at `path` and every file it names.
    ///
    /// `environment` is the process's, for `env:` references only: no variable changes a decision. Everything that is
    /// wrong is found in one reading, also grants that have ended by `now`.
    package static func load(
        path: String, environment: [String: String], now: UnixTime
    ) throws(ConfigurationErrors) -> GatewayConfiguration {
        var reading = Reading(file: path, environment: environment, now: now)
        let configuration = root(&reading).flatMap { read($0, &reading) }
        let problems = reading.all
        guard let configuration, problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
        return configuration
    }

    /// Where the gateway of this file keeps its state; the rest of the file may be wrong.
    ///
    /// An operator who has to revoke or to read the log at night must not have to mend a grant first.
    package static func stateLocation(path: String) throws(ConfigurationErrors) -> StateLocation {
        var reading = Reading(file: path, environment: [:], now: UnixTime(seconds: 0))
        if let root = root(&reading), var section = Section(root, &reading), let state = section.state(&reading) {
            return StateLocation(directory: state, payloadKey: payloadKey(&section, reading))
        }
        throw ConfigurationErrors(problems: reading.all)
    }

    /// Where this gateway keeps what it keeps.
    package var location: StateLocation {
        StateLocation(directory: state, payloadKey: audit.payloadKey.map(PayloadKeySource.command) ?? .file)
    }

    /// With a reading of its own: whoever revokes at night does not need the key.
    private static func payloadKey(_ root: inout Section, _ reading: Reading) -> PayloadKeySource {
        var reading = reading
        let found = root.section("audit", &reading).flatMap { section in
            var section = section
            return KeyCommandSettings.read(&section, &reading)
        }
        guard reading.problems.all.isEmpty else {
            return .wrong(ConfigurationErrors(problems: reading.all).description)
        }
        return found.map(PayloadKeySource.command) ?? .file
    }

    static func root(_ reading: inout Reading) -> Entry? {
        do {
            let bytes = try FileReading.read(reading.file, maximum: 1 << 20)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                reading.add(1, "not UTF-8", fix: "save the file as UTF-8")
                return nil
            }
            return Entry(key: "martlet.yaml", node: try YAMLDocument.root(of: text), line: 1)
        } catch let failure as FileReading.Failure {
            reading.add(1, "the configuration \(failure.text.problem)", fix: failure.text.fix)
        } catch let failure as YAMLDocument.Failure {
            reading.add(failure.line, failure.problem, fix: failure.fix)
        } catch {
            reading.add(1, "the configuration cannot be read", fix: "correct the file")
        }
        return nil
    }

    private static func read(_ root: Entry, _ reading: inout Reading) -> GatewayConfiguration? {
        guard var section = Section(root, &reading) else { return nil }
        section.version(&reading)
        let environment = section.requiredName("environment", &reading) { EnvironmentName($0) }
        let posture = section.posture(&reading)
        let state = section.state(&reading)
        let listen = ListenSettings.read(&section, &reading)
        let authentication = AuthenticationSettings.read(&section, &reading)
        let agents = AgentSettings.readAll(&section, authentication, &reading)
        let upstreams = UpstreamSettings.readAll(&section, &reading)
        let approvals = ApprovalSettings.read(&section, agents: agents, authentication, &reading)
        let grants = GrantSettings.read(
            &section, agents: agents, upstreams: upstreams, approvals: approvals, authentication, &reading)
        let policies = PolicySettings.read(&section, &reading)
        let audit = AuditSettings.read(&section, upstreams: upstreams, &reading)
        let limits = LimitSettings.read(&section, &reading)
        section.refuseLaterKeys(&reading)
        section.finish(&reading)
        // Names that stand in a broken section would only be reported a second time, as unknown.
        if reading.problems.all.isEmpty {
            let compiled = grants.compile(listed: [:], firstSeen: [:], now: reading.now)
            reading.foreign += compiled.problems
            if reading.foreign.isEmpty { reading.foreign = policies.problems(beside: compiled, terms: grants.terms) }
        }
        guard let environment, let posture, let state else { return nil }
        return GatewayConfiguration(
            file: reading.file, environment: environment, posture: posture, state: state, listen: listen,
            authentication: authentication, agents: agents, upstreams: upstreams, grants: grants,
            policies: policies, approvals: approvals, audit: audit, limits: limits)
    }
}

extension Section {
    fileprivate mutating func version(_ reading: inout Reading) {
        guard let entry = require("version", &reading, fix: "add version: 1"), entry.integer != 1 else { return }
        reading.add(entry.line, "unknown version", fix: "this release reads version: 1")
    }

    fileprivate mutating func posture(_ reading: inout Reading) -> Posture? {
        guard has("posture") else {
            _ = require("posture", &reading, fix: "add posture: pilot")
            return nil
        }
        guard let (text, line) = text("posture", &reading) else { return nil }
        guard let posture = Posture(rawValue: text) else {
            reading.add(
                line, "unknown posture \"\(text)\"",
                fix: Spelling.advice(for: text, among: Posture.allCases.map(\.rawValue)))
            return nil
        }
        if !posture.missingConditions.isEmpty {
            reading.add(
                line,
                "posture \"\(text)\" needs what this release does not have: "
                    + posture.missingConditions.joined(separator: ", "), fix: "write posture: pilot")
        }
        return posture
    }

    fileprivate mutating func state(_ reading: inout Reading) -> String? {
        guard has("state") else {
            _ = require("state", &reading, fix: "add state: <directory>")
            return nil
        }
        guard let (text, line) = text("state", &reading) else { return nil }
        let path = reading.resolve(text)
        if FileReading.isBlocked(directory: path) {
            reading.add(line, "state \"\(text)\" is no directory", fix: "name a directory; it is made when missing")
        }
        return path
    }

    fileprivate mutating func refuseLaterKeys(_ reading: inout Reading) {
        guard let entry = take("alerts", isKnown: false) else { return }
        reading.add(
            entry.line, "\"alerts\" is not part of this release", fix: "remove it; it would not be enforced")
    }
}

extension AuditSettings {
    fileprivate static func read(
        _ parent: inout Section, upstreams: [UpstreamSettings], _ reading: inout Reading
    ) -> AuditSettings {
        guard var section = parent.section("audit", &reading) else {
            return AuditSettings(
                segmentBytes: 64 << 20, spareSegments: 2, receipts: true, head: nil, heartbeat: Seconds(30),
                witnesses: nil, timestamps: nil, redactions: [], outcomeOfReads: .beforeReply, payloadKey: nil,
                retention: .none)
        }
        let segment = section.size("segment_size", in: 1 << 20...1 << 30, default: 64 << 20, &reading)
        let spare = section.integer("spare_segments", in: 1...16, default: 2, &reading)
        let receipts = section.flag("receipts", default: true, &reading)
        let head = section.head(&reading)
        let heartbeat = section.duration(
            "heartbeat", in: Seconds(1)...Seconds(3600), default: Seconds(30), &reading)
        let witnesses = WitnessSettings.read(&section, &reading)
        let timestamps = TimestampSettings.read(&section, &reading)
        let sinks = SinkSettings.readAll(&section, &reading)
        let redactions = section.redactions(upstreams: upstreams, &reading)
        let outcomeOfReads = section.outcomeOfReads(upstreams: upstreams, &reading)
        let payloadKey = KeyCommandSettings.read(&section, &reading)
        let retention = RetentionSettings.read(&section, &reading)
        section.finish(&reading)
        return AuditSettings(
            segmentBytes: segment, spareSegments: spare, receipts: receipts, head: head,
            heartbeat: heartbeat, witnesses: witnesses, timestamps: timestamps, sinks: sinks, redactions: redactions,
            outcomeOfReads: outcomeOfReads, payloadKey: payloadKey, retention: retention)
    }
}

extension Section {
    fileprivate mutating func outcomeOfReads(
        upstreams: [UpstreamSettings], _ reading: inout Reading
    ) -> OutcomeOrder {
        let place = line(of: "outcome_of_reads") ?? line
        let order = word("outcome_of_reads", default: OutcomeOrder.beforeReply, &reading)
        if order == .nextBatch, !upstreams.contains(where: { $0.classes.values.contains(.read) }) {
            reading.add(
                place, "\"outcome_of_reads\" is for tools of class read, and there is none",
                fix: "write class: read under tools: of the upstream, or remove it")
        }
        return order
    }

    fileprivate mutating func head(_ reading: inout Reading) -> String? {
        guard let (text, line) = text("head", &reading) else { return nil }
        let path = reading.resolve(text)
        if FileReading.isBlocked(directory: path) {
            reading.add(line, "head \"\(text)\" is no directory", fix: "name a directory; it is made when missing")
        }
        return path
    }
}

extension LimitSettings {
    fileprivate static func read(_ parent: inout Section, _ reading: inout Reading) -> LimitSettings {
        guard var section = parent.section("limits", &reading) else { return .standard }
        let limits = LimitSettings(
            requestBytes: section.size("request_bytes", in: 1 << 10...64 << 20, default: 4 << 20, &reading),
            responseBytes: section.size("response_bytes", in: 1 << 10...256 << 20, default: 16 << 20, &reading),
            headerBytes: section.size("header_bytes", in: 1 << 10...256 << 10, default: 16 << 10, &reading),
            concurrentCalls: section.integer("concurrent_calls", in: 1...100_000, default: 1024, &reading),
            connections: section.integer("connections", in: 1...100_000, default: 1024, &reading),
            sessions: section.integer("sessions", in: 1...1_000_000, default: 10_000, &reading))
        section.finish(&reading)
        return limits
    }

    private static let standard = LimitSettings(
        requestBytes: 4 << 20, responseBytes: 16 << 20, headerBytes: 16 << 10, concurrentCalls: 1024,
        connections: 1024, sessions: 10_000)
}
