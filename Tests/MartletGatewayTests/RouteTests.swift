import MartletCore
import MartletGateway
import Testing

@Suite("Routes")
struct RouteTests {
    @Test(
        "only the listed paths mean anything",
        arguments: [
            ("/mcp/erp", Route.mcp(name: "erp")), ("/mcp", .aggregate), ("/mcp/", .mcp(name: "")),
            ("/mcp/erp/", .mcp(name: "erp/")), ("/mcp//", .mcp(name: "/")),
            ("/healthz", .health), ("/readyz", .readiness), ("/", .unknown), ("/MCP/erp", .unknown),
            ("/mcp/../admin", .mcp(name: "../admin")),
            ("/.well-known/oauth-protected-resource", .resourceMetadata(name: nil)),
            ("/.well-known/oauth-protected-resource/mcp", .resourceMetadata(name: nil)),
            ("/.well-known/oauth-protected-resource/mcp/erp", .resourceMetadata(name: "erp")), ("/sse", .unknown),
            ("/message", .unknown), ("", .unknown),
        ])
    func path(path: String, route: Route) {
        #expect(Route(path: path) == route)
    }

    @Test(
        "a record never repeats a name that the caller chose",
        arguments: ["/mcp/../admin", "/mcp/a b", "/mcp/é", "/mcp/"]
    )
    func label(path: String) {
        #expect(Route(path: path).label == "/mcp/?")
    }

    @Test("each route has an audience of its own, and nothing else has one")
    func audiences() throws {
        let audiences = RouteAudiences(url: "https://gw.test", upstreams: [try #require(UpstreamID("erp"))])
        #expect(audiences[.aggregate] == "https://gw.test/mcp")
        #expect(audiences[.mcp(name: "erp")] == "https://gw.test/mcp/erp")
        for route in [Route.mcp(name: "crm"), .mcp(name: ""), .health, .resourceMetadata(name: "erp")] {
            #expect(audiences[route] == nil)
        }
    }
}
