import MartletJSON

/// Protected resource metadata. Source: RFC 9728; MCP 2026-07-28, Authorization.
extension IntermediaryCheck {
    static let metadata: [IntermediaryCheck] = [
        document("metadata-route", "metadata at the route's own location, without a token") { $0.metadataPath },
        document("metadata-root", "metadata at the root location: this route's, one's above it, or none", isRoot: true)
        {
            _ in Target.wellKnown
        },
        IntermediaryCheck(
            id: "metadata-servers", what: "the metadata names an authorization server, and no offline_access",
            expected: "authorization_servers with an element"
        ) { prober in
            guard case .answer(let answer) = fetch(prober, prober.target.metadataPath), let document = answer.message
            else { return .broken("no document") }
            let scopes = document.member("scopes_supported").map { Array($0.elements) } ?? []
            if scopes.contains(where: { $0.isString("offline_access") }) { return .broken("offline_access is offered") }
            return (document.member("authorization_servers")?.count ?? 0) > 0 ? .held : .broken("none is named")
        },
    ]

    private static func document(
        _ id: String, _ what: String, isRoot: Bool = false, _ path: @escaping @Sendable (Target) -> String
    ) -> IntermediaryCheck {
        let other = isRoot ? " or begins it, or HTTP 404" : ""
        let expected = "HTTP 200, `resource` is the route's URL\(other)"
        return IntermediaryCheck(id: id, what: what, expected: expected) { prober in
            guard case .answer(let answer) = fetch(prober, path(prober.target)) else { return .broken("no answer") }
            if isRoot, answer.status == 404 { return .held }
            guard answer.status == 200 else { return .broken("HTTP \(answer.status)") }
            let resource = answer.message?.member("resource")?.string
            let isAbove = isRoot && resource.map { prober.target.url.hasPrefix($0 + "/") } ?? false
            return resource == prober.target.url || isAbove ? .held : .broken("resource is \(resource ?? "missing")")
        }
    }

    private static func fetch(_ prober: Prober, _ path: String) -> ProbeOutcome {
        prober.send(ProbeRequest(verb: "GET", path: path, headers: [("Accept", "application/json")]))
    }
}
