package import MartletCore

/// A program that gives a key, as the client of a key management service does.
package struct KeyCommandSettings: Hashable, Sendable {
    /// `command`: [program, argument, …]. It has the environment of the gateway and writes what `keys/payload.key` held.
    package let command: [String]
    /// `timeout`: longest wait for it, 1s to 5m. Default 30s: a service in another region, and a person's patience at a start.
    package let timeout: Seconds
}
