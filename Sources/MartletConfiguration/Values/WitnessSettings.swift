package import MartletCore
package import MartletTransparency

/// Who else states what the log was. Keys under `audit.witnesses`.
package struct WitnessSettings: Hashable, Sendable {
    /// `policy`: a file in the syntax of C2SP tlog-policy: witnesses with their addresses, groups, and a quorum. Required.
    package let policyFile: String
    package let policy: WitnessPolicy
    /// `every`: time between two rounds, 1s to 1h. Default 10s: a witness that is asked each second costs each of them a
    /// synchronised write, and loses a rollback of at most 10 seconds.
    package let every: Seconds
    /// `timeout`: longest wait for one answer of a witness, 1s to 1m. Default 5s.
    package let timeout: Seconds
    /// `lost_after`: how long a quorum may be missing before that is recorded and logged, 10s to 24h. Default 5m.
    package let lostAfter: Seconds
    /// `certificate_authorities`: PEM file of the only authorities that a witness's certificate may chain to. Default those
    /// of the system.
    package let certificateAuthorities: String?
}

/// Signed times for checkpoints. Keys under `audit.timestamps`.
package struct TimestampSettings: Hashable, Sendable {
    /// `url`: of an RFC 3161 timestamp authority, `https://`, or `http://` on this machine. Required.
    package let url: HTTPURL
    /// `every`: time between two timestamps, 1m to 24h (1s on loopback). Default 1h.
    package let every: Seconds
    /// `certificate_authorities`: as for witnesses.
    package let certificateAuthorities: String?
}
