import MartletJSON

/// A file of grants: one grant, or a list of them. Everything wrong in it is found in one reading.
///
/// A grant with a problem is left out of `declarations`: callers start only when there are no problems.
package struct GrantDocument: Sendable {
    package let declarations: [GrantDeclaration]
    package let problems: [SourceProblem]

    /// Reads the bytes of the file that the operator calls `file`.
    package static func parse(_ bytes: [UInt8], file: String) -> GrantDocument {
        do {
            let value = try JSONValue.parse(bytes, limits: .request)
            return GrantDocument(Located(value: value, lines: LineTree(document: bytes)), file: file)
        } catch {
            let problem = SourceProblem(
                file: file, line: LineTree.line(at: error.offset, in: bytes),
                problem: "not valid JSON: \(error.reason)",
                fix: "write one grant {…} or a list of grants […]")
            return GrantDocument(declarations: [], problems: [problem])
        }
    }

    private init(declarations: [GrantDeclaration], problems: [SourceProblem]) {
        self.declarations = declarations
        self.problems = problems
    }

    private init(_ document: Located, file: String) {
        var problems = SourceProblems(file: file)
        declarations = (document.elements ?? [document]).compactMap { grant in
            guard let members = JSONMembers(grant) else {
                problems.add(line: grant.line, "a grant is an object", fix: "write {\"agent_role\": …, \"tool\": …}")
                return nil
            }
            return GrantReader(members, file: file).read(&problems)
        }
        self.problems = problems.all
    }
}
