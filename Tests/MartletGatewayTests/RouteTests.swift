import MartletGateway
import Testing

@Suite("Routes")
struct RouteTests {
    @Test(
        "only the listed paths mean anything",
        arguments: [
            ("/mcp/erp", Route.mcp(name: "erp")), ("/mcp", .mcp(name: "")), ("/mcp/", .mcp(name: "")),
            ("/healthz", .health), ("/readyz", .readiness), ("/", .unknown), ("/MCP/erp", .unknown),
            ("/mcp/../admin", .mcp(name: "../admin")),
            ("/.well-known/oauth-protected-resource", .resourceMetadata(name: nil)),
            ("/.well-known/oauth-protected-resource/mcp/erp", .resourceMetadata(name: "erp")), ("/sse", .unknown),
            ("/message", .unknown), ("", .unknown),
        ])
    func path(path: String, route: Route) {
        #expect(Route(path: path) == route)
    }

    @Test("a record never repeats a name that the caller chose", arguments: ["/mcp/../admin", "/mcp/a b", "/mcp/é"])
    func label(path: String) {
        #expect(Route(path: path).label == "/mcp/?")
    }
}
