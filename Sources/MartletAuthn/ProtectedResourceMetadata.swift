import MartletJSON

/// The document that tells a client where to get a token for a route. Source: RFC 9728, sections 2 and 3.
package enum ProtectedResourceMetadata {
    package static let wellKnownPath = "/.well-known/oauth-protected-resource"

    /// The JSON document of one resource.
    ///
    /// `authorizationServers` without an URL (the built-in minter's name) are left out: nobody could ask them.
    package static func document(resource: String, authorizationServers: [String], scopes: [String] = []) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("resource", string: resource)
        let servers = authorizationServers.filter { $0.hasPrefix("https://") || $0.hasPrefix("http://") }
        list("authorization_servers", servers, &writer)
        list("scopes_supported", scopes, &writer)
        list("bearer_methods_supported", ["header"], &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Where the document of `resource` is found: the well-known path goes between host and path.
    /// Nil when `resource` is no absolute http or https URL without query and fragment. Source: RFC 9728, section 3.1.
    package static func url(forResource resource: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: { resource.hasPrefix($0) }),
            !resource.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else { return nil }
        let rest = resource.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty else { return nil }
        let path = rest.dropFirst(host.count)
        return scheme + host + wellKnownPath + (path == "/" ? "" : path)
    }

    private static func list(_ name: String, _ values: [String], _ writer: inout JSONWriter) {
        guard !values.isEmpty else { return }
        writer.key(name)
        writer.beginArray()
        for value in values { writer.string(value) }
        writer.endArray()
    }
}
