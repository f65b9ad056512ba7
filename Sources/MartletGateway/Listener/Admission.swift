/// The Host and Origin check every request passes before anything else is read.
///
/// It stops DNS rebinding and cross-site requests: a browser page cannot make a request whose Host is ours and whose
/// Origin is on the list. Source: MCP 2026-07-28, Transports, "Security Warning"; CVE-2025-64443, CVE-2026-33252.
package struct Admission: Sendable {
    /// Authorities a client may name in `Host`, lower case, with port where the client sends one.
    package let hosts: Set<String>
    package let origins: Set<String>

    package init(hosts: Set<String>, origins: Set<String>) {
        self.hosts = hosts
        self.origins = origins
    }

    /// Why a request is turned away at the door.
    package enum Refusal: String, Hashable, Sendable, CaseIterable {
        case hostNotAllowed = "host_not_allowed"
        case originNotAllowed = "origin_not_allowed"
        case crossSite = "cross_site"
        case pathNotPlain = "path_not_plain"
    }

    func refusal(of request: InboundRequest) -> Refusal? {
        let named = request.values("host")
        guard named.count == 1, let host = named.first, hosts.contains(host.lowercased()) else {
            return .hostNotAllowed
        }
        let origin = request.values("origin")
        guard origin.allSatisfy({ origins.contains($0.lowercased()) }), origin.count <= 1 else {
            return .originNotAllowed
        }
        if request.values("sec-fetch-site").contains(where: { $0 != "same-origin" && $0 != "none" }) {
            return .crossSite
        }
        guard request.path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "%") }) else {
            return .pathNotPlain
        }
        return nil
    }
}
