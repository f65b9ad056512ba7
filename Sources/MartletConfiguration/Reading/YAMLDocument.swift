import Yams

/// A YAML document as a tree of nodes with their lines, without the parts of YAML that could surprise a reader.
///
/// One document only; anchors and aliases are refused, since they can make one line mean something far away.
enum YAMLDocument {
    struct Failure: Error {
        let line: Int
        let problem: String
        let fix: String
    }

    static func root(of text: String) throws(Failure) -> Node {
        do {
            // The encoding is said: otherwise an environment variable would choose it.
            let parser = try Parser(yaml: text, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                throw Failure(line: 1, problem: "empty file", fix: "begin with version: 1")
            }
            // Nodes hold their anchors weakly; the parser keeps them.
            if let line = withExtendedLifetime(parser, { anchor(in: root) }) {
                throw Failure(line: line, problem: "anchor", fix: "write the value again where it is used")
            }
            return root
        } catch let failure as Failure {
            throw failure
        } catch let error as YamlError {
            throw Failure(error, text: text)
        } catch {
            throw Failure(line: 1, problem: "not readable as YAML", fix: "correct the file")
        }
    }

    /// The line of the first anchor. Does not go below an anchored node: there the tree can grow without end.
    private static func anchor(in node: Node) -> Int? {
        if node.anchor != nil { return node.mark?.line ?? 1 }
        switch node {
        case .scalar, .alias: return nil
        case .sequence(let sequence): return sequence.lazy.compactMap(anchor).first
        case .mapping(let mapping): return mapping.lazy.compactMap { anchor(in: $0.key) ?? anchor(in: $0.value) }.first
        }
    }
}

extension YAMLDocument.Failure {
    fileprivate init(_ error: YamlError, text: String) {
        let fix = "correct the file"
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(line: mark.line, problem: "not valid YAML: \(problem)", fix: fix)
        case .reader(let problem, let offset, _, _):
            let line = 1 + text.prefix(offset ?? 0).count { $0.isNewline }
            self.init(line: line, problem: "not valid YAML: \(problem)", fix: fix)
        case .duplicatedKeysInMapping(let keys, let context):
            let name = keys.first ?? ""
            self.init(line: context.mark.line, problem: "duplicate key \"\(name)\"", fix: "keep one of them")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            self.init(line: 1, problem: "not readable as YAML", fix: fix)
        }
    }
}
