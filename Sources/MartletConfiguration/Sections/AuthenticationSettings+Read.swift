import MartletCore
import MartletPolicy

extension AuthenticationSettings {
    /// Reads `authentication`; without an issuer nobody could call, which is an error and not a default.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> AuthenticationSettings {
        let none = AuthenticationSettings(builtIn: nil, issuers: [])
        guard parent.has("authentication") else {
            _ = parent.require("authentication", &reading, fix: "add authentication: {built_in: {}} for a pilot")
            return none
        }
        guard var section = parent.section("authentication", &reading) else { return none }
        let hasAny = section.has("built_in") || section.has("issuers")
        let builtIn = section.section("built_in", &reading).map { BuiltInIssuerSettings.read($0, &reading) }
        let issuers = section.elements("issuers", &reading).compactMap { IssuerSettings.read($0, &reading) }
        if !hasAny {
            reading.add(section.line, "\"authentication\" without an issuer", fix: "add built_in: {} or issuers:")
        }
        section.finish(&reading)
        return AuthenticationSettings(builtIn: builtIn, issuers: issuers.unique(&reading))
    }

    func knows(_ issuer: IssuerReference) -> Bool {
        switch issuer {
        case .builtIn: builtIn != nil
        case .issuer(let name): issuers.contains { $0.issuer == name }
        }
    }

    var names: [String] { (builtIn == nil ? [] : ["built_in"]) + issuers.map(\.issuer) }
}

extension BuiltInIssuerSettings {
    fileprivate static func read(_ section: Section, _ reading: inout Reading) -> BuiltInIssuerSettings {
        var section = section
        let maximum = section.duration(
            "maximum_ttl", in: Seconds(60)...Seconds(86_400), default: Seconds(12 * 3600), &reading)
        let standard = section.duration(
            "default_ttl", in: Seconds(60)...maximum, default: min(Seconds(900), maximum), &reading)
        section.finish(&reading)
        return BuiltInIssuerSettings(defaultTTL: standard, maximumTTL: maximum)
    }
}

extension IssuerSettings {
    fileprivate static func read(_ entry: Entry, _ reading: inout Reading) -> (IssuerSettings, line: Int)? {
        guard var section = Section(entry, &reading) else { return nil }
        let issuer = section.issuer(&reading)
        let keys = section.keySource(&reading)
        let algorithms = section.algorithms(&reading)
        let audience = section.text("audience", &reading)?.text
        let roleClaim = section.text("role_claim", &reading)?.text
        let refresh = section.duration("refresh", in: Seconds(30)...Seconds(86_400), default: Seconds(300), &reading)
        let staleness = section.duration(
            "maximum_staleness", in: refresh...Seconds.days(7), default: max(refresh, Seconds(3600)), &reading)
        let lifetime = section.duration(
            "maximum_lifetime", in: Seconds(60)...Seconds.days(7), default: Seconds(86_400), &reading)
        section.finish(&reading)
        guard let issuer, let keys else { return nil }
        let settings = IssuerSettings(
            issuer: issuer, keys: keys, algorithms: algorithms, audience: audience, roleClaim: roleClaim,
            refresh: refresh, maximumStaleness: staleness, maximumLifetime: lifetime)
        return (settings, section.line)
    }
}

extension Section {
    fileprivate mutating func issuer(_ reading: inout Reading) -> String? {
        guard has("issuer") else {
            _ = require("issuer", &reading, fix: "add issuer: https://…, exactly as its tokens say it")
            return nil
        }
        guard let line = line(of: "issuer"), let text = text("issuer", &reading)?.text else { return nil }
        if let url = HTTPURL(text), url.isSecure || url.isLoopback { return text }
        reading.add(line, "\"\(text)\" is no issuer", fix: "write https://…, exactly as its tokens say it")
        return nil
    }

    fileprivate mutating func keySource(_ reading: inout Reading) -> IssuerSettings.KeySource? {
        guard has("jwks_file") != has("jwks_url") else {
            let problem = has("jwks_file") ? "both \"jwks_file\" and \"jwks_url\"" : "an issuer without keys"
            reading.add(line, problem, fix: "write either jwks_file: <file> or jwks_url: https://…")
            _ = (take("jwks_file"), take("jwks_url"))
            return nil
        }
        if has("jwks_file") { return file("jwks_file", &reading).map { .file($0) } }
        return url("jwks_url", &reading).map { .url($0) }
    }

    fileprivate mutating func algorithms(_ reading: inout Reading) -> [String] {
        let known = ["ES256", "EdDSA", "RS256"]
        guard has("algorithms") else {
            _ = require("algorithms", &reading, fix: "add algorithms: [ES256]")
            return []
        }
        let line = line(of: "algorithms") ?? self.line
        let before = reading.problems.all.count
        let found = texts("algorithms", &reading)
        for (text, line) in found where !known.contains(text) {
            reading.add(
                line, "algorithm \"\(text)\" is not accepted", fix: "use one of: " + known.joined(separator: ", "))
        }
        if found.isEmpty, reading.problems.all.count == before {
            reading.add(line, "an empty list of algorithms", fix: "use one of: " + known.joined(separator: ", "))
        }
        return found.map(\.text)
    }

    /// Reads `issuer` of an agent or approver: `built_in` or the URL of a trusted issuer.
    mutating func issuerReference(
        _ authentication: AuthenticationSettings, _ reading: inout Reading
    ) -> IssuerReference? {
        guard has("issuer") else {
            _ = require("issuer", &reading, fix: "add issuer: built_in, or the URL of an issuer")
            return nil
        }
        guard let (text, line) = text("issuer", &reading) else { return nil }
        let reference: IssuerReference = text == "built_in" ? .builtIn : .issuer(text)
        if authentication.knows(reference) { return reference }
        let advice =
            reference == .builtIn
            ? "switch it on under authentication: built_in: {}"
            : Spelling.advice(for: text, among: authentication.names)
        reading.add(line, "unknown issuer \"\(text)\"", fix: advice)
        return nil
    }
}

extension [(IssuerSettings, line: Int)] {
    fileprivate func unique(_ reading: inout Reading) -> [IssuerSettings] {
        for (index, element) in enumerated() where prefix(index).contains(where: { $0.0.issuer == element.0.issuer }) {
            reading.add(element.line, "issuer \"\(element.0.issuer)\" twice", fix: "keep one")
        }
        return map { $0.0 }
    }
}
