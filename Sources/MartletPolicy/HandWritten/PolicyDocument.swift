import MartletCedar
import MartletCore

/// A file of hand-written policies. Everything that can be said without knowing grants is said when it is read.
package struct PolicyDocument: Sendable {
    package let policies: [HandWrittenPolicy]
    package let problems: [SourceProblem]

    /// Reads the bytes of the file that the operator calls `file`.
    package static func parse(_ bytes: [UInt8], file: String) -> PolicyDocument {
        var problems = SourceProblems(file: file)
        do throws(ParseError) {
            let bodies = try PolicyBody.parse(bytes)
            let policies = bodies.enumerated().compactMap { number, body in
                policy(body, number: number, file: file, bytes, &problems)
            }
            return PolicyDocument(policies: policies, problems: problems.all)
        } catch {
            problems.add(
                line: SourcePlace(of: error.span.start, in: bytes).line, "not a Cedar policy: \(error.kind)",
                fix: "correct it; `martlet policy validate` shows the place")
            return PolicyDocument(policies: [], problems: problems.all)
        }
    }

    private static func policy(
        _ body: PolicyBody, number: Int, file: String, _ bytes: [UInt8], _ problems: inout SourceProblems
    ) -> HandWrittenPolicy? {
        let line = SourcePlace(of: body.span.start, in: bytes).line
        let before = problems.all.count
        for annotation in body.annotations {
            guard let advice = refusedAnnotations[annotation.name.string] else { continue }
            problems.add(line: line, "@\(annotation.name) in a hand-written policy", fix: advice)
        }
        if body.isTemplate {
            problems.add(line: line, "a template, which nothing links", fix: "name the principal and the resource")
        }
        if body.effect == .permit { refuseOpenScope(body, line: line, &problems) }
        let id = body.annotation("id")?.string ?? "\(stem(of: file)).\(number)"
        guard let name = GrantID(id) else {
            problems.add(line: line, "\"\(id)\" is no name for a policy", fix: "use letters, digits, _ . - in @id")
            return nil
        }
        guard problems.all.count == before else { return nil }
        return HandWrittenPolicy(id: name, file: file, line: line, body: body, source: bytes)
    }

    /// What compiled policies mean by these, a hand-written one would not get. Ignoring one would permit more, or ask
    /// nobody.
    private static let refusedAnnotations = [
        "remedy": "remove it: approval is asked for by a grant with \"requires_approval\": true",
        "obligation": "remove it: duties of a permit are not carried out by this release",
    ]

    /// As with grants: a permit for everybody, or for everything, is none.
    private static func refuseOpenScope(_ body: PolicyBody, line: Int, _ problems: inout SourceProblems) {
        switch body.principal {
        case .any, .isType:
            problems.add(line: line, "a permit for every principal", fix: "name a role: principal in Role::\"…\"")
        case .equal, .in, .isTypeIn: break
        }
        if body.action == .any {
            problems.add(
                line: line, "a permit for every action", fix: "name the tools: action == Action::\"upstream/tool\"")
        }
    }

    private static func stem(of file: String) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let stem = name.hasSuffix(".cedar") ? String(name.dropLast(6)) : name
        return String(
            decoding: stem.utf8.prefix(128).map { GrantID.isAllowed($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
    }
}
