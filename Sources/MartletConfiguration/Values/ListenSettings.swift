/// Where agents reach the gateway. Keys under `listen`.
package struct ListenSettings: Sendable {
    /// `address`: an IP address or `localhost`. Default 127.0.0.1. Anything beyond loopback needs `tls`.
    package let address: String
    /// `port`: 0 to 65535, 0 takes any free port. Default 8440.
    package let port: Int
    /// `public_url`: what agents call the gateway, without a trailing slash; nil means made from address and port.
    package let publicURL: HTTPURL?
    /// `tls`: certificate chain and private key, PEM files. The key is readable by its owner only.
    package let tls: TLSFiles?
    /// `allowed_hosts`: further values of the `Host` header. Default none.
    package let allowedHosts: [String]
    /// `allowed_origins`: values of the `Origin` header that browsers may send. Default none.
    package let allowedOrigins: [String]

    package struct TLSFiles: Hashable, Sendable {
        package let certificate: String
        package let key: String
    }

    /// The public URL of a listener that was bound to `port`, without a trailing slash.
    package func publicURL(boundTo port: Int) -> String {
        if let publicURL { return publicURL.text }
        let host = address.contains(":") ? "[\(address)]" : address
        return "\(tls == nil ? "http" : "https")://\(host):\(port)"
    }
}
