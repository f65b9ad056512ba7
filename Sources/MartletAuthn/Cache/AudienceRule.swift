/// Which routes a token is for.
///
/// A route names the audiences it accepts: its own URL and every override an issuer has for it. An issuer with an
/// override must use it where the route lists it; nobody may use the override of another issuer.
struct AudienceRule: Sendable {
    private let audiences: [String]
    private let override: String?

    init(token audiences: [String], issuer override: String?, allOverrides: Set<String>) {
        self.audiences = audiences.filter { $0 == override || !allOverrides.contains($0) }
        self.override = override
    }

    func admits(route: Set<String>) -> Bool {
        if let override, route.contains(override) { return audiences.contains(override) }
        return audiences.contains { route.contains($0) }
    }
}
