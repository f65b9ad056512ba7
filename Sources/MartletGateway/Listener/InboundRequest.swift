package import MartletAudit

/// One HTTP request as the listener read it: bounded, framed, and not yet believed. The output of stage 1.
///
/// A reference: it goes through every stage of a call, and copying it would retain each of its fields.
package final class InboundRequest: Sendable {
    package let method: String
    /// The path without its query. A query is never read: no token, no parameter comes from there.
    package let path: String
    /// Header fields in order, names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// The peer's address without its port.
    package let source: String
    /// Who sent it, on a Unix socket.
    package let peer: LocalPeer?

    package init(
        method: String, path: String, headers: [(name: String, value: String)], body: [UInt8], source: String,
        peer: LocalPeer? = nil
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.source = source
        self.peer = peer
    }

    /// All values of one header field, in order; `name` in lower case.
    func values(_ name: String) -> [String] {
        var values: [String] = []
        for header in headers where header.name == name { values.append(header.value) }
        return values
    }
}
