package import MartletCore
import MartletJSON

extension MCPRequest {
    /// The model the client says selected the tool; never more than `asserted`.
    ///
    /// The first source that names one wins; a second source that names another is written into `source`, so that the
    /// record shows the contradiction. Source: SEP-2817 (`aiInvocation`), Codex (`x-codex-turn-metadata`).
    package var model: ModelAttribution {
        let (invocation, codex) = (invocationModel, codexModel)
        // Most requests name none: nothing is put together for them.
        guard invocation != nil || codex != nil else { return .unknown }
        let claims = [
            claim(invocation, "_meta[\"\(MetaKey.invocation)\"].model"),
            claim(codex, "_meta[\"\(MetaKey.codexTurn)\"].model"),
        ].compactMap(\.self)
        guard let first = claims.first else { return .unknown }
        let contradiction = claims.dropFirst().first { !$0.name.hasSameBytes(as: first.name) }
        let source = contradiction.map { "\(first.source), contradicted by \($0.source)" } ?? first.source
        return ModelAttribution(assurance: .asserted, name: first.name, source: source)
    }

    private func claim(_ name: String?, _ source: String) -> (name: String, source: String)? {
        name.map { ($0, source) }
    }

    /// Pilots send a string where the proposal says `{name}`: both are read.
    private var invocationModel: String? {
        let model = meta?.member(MetaKey.invocation)?.member("model")
        return model?.displayText ?? model?.member("name")?.displayText
    }

    private var codexModel: String? {
        guard let turn = meta?.member(MetaKey.codexTurn) else { return nil }
        guard let text = turn.string else { return turn.member("model")?.displayText }
        guard text.utf8.count <= 65_536 else { return nil }
        do {
            return try JSONValue.parse(Array(text.utf8)).member("model")?.displayText
        } catch {
            return nil  // A claim we cannot read is no claim.
        }
    }
}
