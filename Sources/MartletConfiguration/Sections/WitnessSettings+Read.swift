import MartletCore
import MartletPolicy
import MartletTransparency

extension WitnessSettings {
    /// Reads `witnesses` and the policy file it names; nil when there is none, or something is wrong.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> WitnessSettings? {
        guard var section = parent.section("witnesses", &reading) else { return nil }
        let named = section.has("policy") ? section.text("policy", &reading) : nil
        if named == nil, !section.has("policy") {
            reading.add(
                section.line, "\"witnesses\" without \"policy\"", fix: "add policy: <file>, in C2SP tlog-policy syntax")
        }
        let every = section.duration("every", in: Seconds(1)...Seconds(3600), default: Seconds(10), &reading)
        let timeout = section.duration("timeout", in: Seconds(1)...Seconds(60), default: Seconds(5), &reading)
        let lost = section.duration("lost_after", in: Seconds(10)...Seconds(86_400), default: Seconds(300), &reading)
        let authorities = section.text("certificate_authorities", &reading).map { reading.resolve($0.text) }
        section.finish(&reading)
        guard let (file, line) = named, let policy = readPolicy(file, line, &reading) else { return nil }
        return WitnessSettings(
            policyFile: reading.resolve(file), policy: policy, every: every, timeout: timeout, lostAfter: lost,
            certificateAuthorities: authorities)
    }

    private static func readPolicy(_ file: String, _ line: Int, _ reading: inout Reading) -> WitnessPolicy? {
        guard let bytes = reading.bytes(ofFile: file, key: "policy of witnesses", line: line) else { return nil }
        do throws(WitnessPolicy.Fault) {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw WitnessPolicy.Fault(line: 0, problem: "not UTF-8")
            }
            let policy = try WitnessPolicy(text)
            return check(policy, file, line, &reading) ? policy : nil
        } catch {
            reading.foreign.append(
                SourceProblem(
                    file: reading.resolve(file), line: max(1, error.line), problem: error.problem,
                    fix: "see C2SP tlog-policy"))
            return nil
        }
    }

    /// Each witness must be reachable, and without a quorum nothing would be witnessed.
    private static func check(
        _ policy: WitnessPolicy, _ file: String, _ line: Int, _ reading: inout Reading
    ) -> Bool {
        guard !policy.isQuorum([]) else {
            reading.add(line, "\"\(file)\" asks for no witness", fix: "write a quorum, or remove witnesses")
            return false
        }
        for witness in policy.witnesses {
            guard let url = witness.url.flatMap(HTTPURL.init), url.isSecure || url.isLoopback else {
                reading.add(
                    line, "witness \"\(witness.name)\" of \"\(file)\" has no https:// address",
                    fix: "write its submission prefix behind its key; http:// only on this machine")
                return false
            }
        }
        return true
    }
}

extension TimestampSettings {
    /// Reads `timestamps`; nil when there is none, or something is wrong.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> TimestampSettings? {
        guard var section = parent.section("timestamps", &reading) else { return nil }
        let url = readURL(&section, &reading)
        let floor = Seconds(url?.isLoopback == true ? 1 : 60)
        let every = section.duration("every", in: floor...Seconds(86_400), default: Seconds(3600), &reading)
        let authorities = section.text("certificate_authorities", &reading).map { reading.resolve($0.text) }
        section.finish(&reading)
        guard let url else { return nil }
        return TimestampSettings(url: url, every: every, certificateAuthorities: authorities)
    }

    private static func readURL(_ section: inout Section, _ reading: inout Reading) -> HTTPURL? {
        guard section.has("url") else {
            _ = section.require("url", &reading, fix: "add url: https://…, of an RFC 3161 timestamp authority")
            return nil
        }
        guard let (text, line) = section.text("url", &reading) else { return nil }
        guard let url = HTTPURL(text), url.isSecure || url.isLoopback else {
            reading.add(line, "\"\(text)\" is no https:// address", fix: "http:// is for this machine only")
            return nil
        }
        return url
    }
}
