package import MartletCore

/// Where and within which bounds the MCP listener accepts connections.
package struct ListenerSettings: Sendable {
    package var address: String
    /// 0 takes any free port.
    package var port: Int
    package var tls: TLSFiles?
    /// Longest request body, in bytes; longer ones get 413 and are not read to the end.
    package var maximumBodyBytes: Int
    /// Longest sum of header names and values, in bytes; more gets 431.
    package var maximumHeaderBytes: Int
    /// Open connections; one more is closed at once.
    package var maximumConnections: Int
    /// Longest wait for the rest of a request that has begun.
    package var requestTimeout: Seconds
    /// Longest silence between two requests of one connection.
    package var idleTimeout: Seconds
    /// How often a stream without events says that it lives. Source: WHATWG HTML, section 9.2.7, "Authoring notes".
    package var keepAlive = Seconds(15)

    package init(
        address: String, port: Int, tls: TLSFiles?, maximumBodyBytes: Int, maximumHeaderBytes: Int,
        maximumConnections: Int, requestTimeout: Seconds = Seconds(30), idleTimeout: Seconds = Seconds(75)
    ) {
        self.address = address
        self.port = port
        self.tls = tls
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumConnections = maximumConnections
        self.requestTimeout = requestTimeout
        self.idleTimeout = idleTimeout
    }
}

/// The PEM files of the listener's certificate chain and private key.
package struct TLSFiles: Sendable {
    package var certificateChain: String
    package var privateKey: String
    package init(certificateChain: String, privateKey: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}
