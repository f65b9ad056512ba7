package import MartletCore

/// The proof that stage 2 ran: a request whose caller is known. Never anonymous.
///
/// Only `Authenticator` makes one, from a verified credential.
package struct AuthenticatedRequest: Hashable, Sendable {
    package let principal: Principal

    init(principal: Principal) { self.principal = principal }
}
