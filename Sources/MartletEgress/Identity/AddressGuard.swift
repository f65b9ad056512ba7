/// Decides which resolved addresses may be dialled for a URL, so that a name cannot lead inside.
///
/// The address that was judged is the address that is dialled: the name is not resolved again in between.
/// Private ranges (RFC 1918, unique local) are allowed, because identity providers and MCP servers live there.
package struct AddressGuard: Sendable {
    package enum Refusal: String, Error, Hashable, Sendable {
        case linkLocal = "link-local address"
        case metadata = "cloud metadata address"
        case notUnicast = "unspecified or multicast address"
        case loopback = "loopback address behind a name"
    }

    private let allowsLoopback: Bool

    /// Loopback may be dialled only when the URL itself says so.
    package init(for endpoint: Endpoint) { allowsLoopback = endpoint.isLoopback }

    package func check(_ address: IPAddress) throws(Refusal) {
        for candidate in [address, address.embeddedIPv4].compactMap({ $0 }) {
            if candidate.isLinkLocal { throw .linkLocal }
            if candidate.isCloudMetadata { throw .metadata }
            if candidate.isUnspecifiedOrMulticast { throw .notUnicast }
            if candidate.isLoopback, !allowsLoopback { throw .loopback }
        }
    }
}
