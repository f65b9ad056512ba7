import Crypto
package import MartletCore
import MartletJSON
import Synchronization

/// Stage 2: turns the `Authorization` header of a request into a principal, or refuses it.
///
/// Verified tokens are remembered by digest, refusals are not. Safe to call from every event loop.
package final class Authenticator: Sendable {
    private let desks: [String: IssuerDesk]
    private let overrides: Set<String>
    private let cache: TokenCache
    private let revocations = RevocationList()
    private let watchers = Mutex<[@Sendable () -> Void]>([])

    /// `fetchDeadline` bounds one fetch of an issuer's keys, and so the longest time a request waits here.
    package init(
        issuers: [TrustedIssuer], cachedTokens: Int = 65_536, fetchDeadline: Duration = .seconds(5)
    ) throws(AuthenticatorError) {
        var desks: [String: IssuerDesk] = [:]
        for trusted in issuers {
            let ring = KeyRing(source: trusted.keys, limits: trusted.limits, deadline: fetchDeadline)
            let previous = desks.updateValue(IssuerDesk(trusted: trusted, ring: ring), forKey: trusted.issuer)
            guard previous == nil else { throw .duplicateIssuer(trusted.issuer) }
        }
        self.desks = desks
        overrides = Set(issuers.compactMap(\.audience))
        cache = TokenCache(capacity: cachedTokens)
    }

    /// The caller, if this very token was verified before and everything but its signature still holds.
    ///
    /// Nil is no refusal: ask `authenticate`. Synchronous and without I/O, for the event loop.
    /// `authorization` holds the values of all `Authorization` headers of the request, `audience` what this route
    /// accepts, compared byte for byte.
    package func authenticateFromCache(
        authorization: [String], audience: Set<String>, now: UnixTime
    ) -> AuthenticatedRequest? {
        guard authorization.count == 1, let digest = Self.digest(ofTokenIn: authorization[0]),
            let known = cache.find(digest), known.isGood(route: audience, now: now, revocations: revocations)
        else { return nil }
        return known.request
    }

    /// The caller, or why there is none. Waits only for an issuer's keys, and never longer than the fetch deadline.
    package func authenticate(
        authorization: [String], audience: Set<String>, now: UnixTime
    ) async -> Result<AuthenticatedRequest, AuthenticationFailure> {
        if let known = authenticateFromCache(authorization: authorization, audience: audience, now: now) {
            return .success(known)
        }
        do throws(AuthenticationFailure) {
            let credential = try IngressCredential(authorization: authorization)
            return .success(try await verify(credential, audience: audience, now: now))
        } catch {
            return .failure(error)
        }
    }

    /// Refuses from now on what `revocation` names, also where it is cached.
    ///
    /// When it returns, whoever watches revocations has been told.
    package func revoke(_ revocation: Revocation) {
        revocations.insert(revocation)
        for watcher in watchers.withLock({ $0 }) { watcher() }
    }

    /// Has `body` called after each revocation, on the thread that revokes: it looks with `isRevoked` whom it concerns.
    package func watchRevocations(_ body: @escaping @Sendable () -> Void) { watchers.withLock { $0.append(body) } }

    /// Whether a caller that was accepted earlier (a live stream, a session) has been revoked since.
    package func isRevoked(_ principal: Principal) -> Bool {
        revocations.contains(anyOf: Revocation.names(of: principal))
    }

    /// Counts the revocations. Read it before a caller is accepted: `lapse` tells what came after.
    package var revocationEpoch: UInt64 { revocations.epoch }

    /// Why a caller that was accepted at `epoch` may not act any more at `now`; nil while it may. One comparison each on
    /// the common path.
    package func lapse(of principal: Principal, since epoch: UInt64, now: UnixTime) -> AuthenticationFailure? {
        if epoch != revocations.epoch, isRevoked(principal) { return .revoked }
        guard now >= principal.credential.expires else { return nil }
        let leeway = desks[principal.issuer]?.trusted.limits.leeway ?? Seconds(0)
        return now < principal.credential.expires.advanced(by: leeway) ? nil : .expired
    }

    /// How many verified tokens are remembered, for metrics.
    package var cachedTokenCount: Int { cache.count }
}

/// The keys of the issuers.
extension Authenticator {
    /// Fetches the keys of every issuer that are older than its `refresh`, at the same time.
    ///
    /// Call it once before listening, so that the first request does not wait. An issuer that fails is not fatal: its
    /// tokens are refused until its keys can be had.
    package func refreshDueKeys(now: UnixTime) async -> [KeyRefresh] {
        await withTaskGroup(of: KeyRefresh.self) { group in
            for desk in desks.values where desk.ring.isDue(now: now) {
                group.addTask {
                    KeyRefresh(issuer: desk.trusted.issuer, outcome: await desk.ring.refresh(now: now))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Keeps the keys fresh until it is cancelled; `report` gets each fetch.
    package func run(
        clock: any GatewayClock, every interval: Duration = .seconds(5), report: @Sendable (KeyRefresh) -> Void
    ) async {
        while !Task.isCancelled {
            for refresh in await refreshDueKeys(now: clock.now()) where refresh.outcome != .skipped { report(refresh) }
            do { try await Task.sleep(for: interval) } catch { return }
        }
    }
}

extension Authenticator {
    private func verify(
        _ credential: IngressCredential, audience: Set<String>, now: UnixTime
    ) async throws(AuthenticationFailure) -> AuthenticatedRequest {
        let token = try CompactToken(credential.token)
        guard let issuer = token.payload.member("iss")?.string, let desk = desks[issuer] else { throw .wrongIssuer }
        let (claims, keyEpoch) = try await desk.verify(token, now: now)
        let rule = AudienceRule(token: claims.audiences, issuer: desk.trusted.audience, allOverrides: overrides)
        guard rule.admits(route: audience) else { throw .wrongAudience }
        let facts = CredentialFacts(
            digest: MartletCore.Digest(of: credential.token), tokenID: claims.tokenID, keyID: token.header.keyID,
            algorithm: token.header.algorithm.rawValue, expires: claims.expires)
        guard let role = desk.role(of: claims) else { throw .noRole }
        let principal = Principal(
            agent: claims.agent, role: role, user: claims.user, issuer: issuer, actors: claims.actors, credential: facts
        )
        let revocationEpoch = revocations.epoch
        guard !isRevoked(principal) else { throw .revoked }
        let request = AuthenticatedRequest(principal: principal)
        let leeway = desk.trusted.limits.leeway
        let end = claims.expires.advanced(by: leeway)
        let cached = CachedToken(
            request: request, names: Revocation.names(of: principal), audience: rule, validity: min(now, end)..<end,
            ring: desk.ring, keyEpoch: keyEpoch, revocationEpoch: revocationEpoch)
        cache.insert(cached, for: credential.digest)
        return request
    }

    /// The digest of the token without copying it; nil where the full path has to say what is wrong.
    private static func digest(ofTokenIn value: String) -> TokenDigest? {
        let digest = value.utf8.withContiguousStorageIfAvailable { bytes -> TokenDigest? in
            guard let start = IngressCredential.tokenStart(bytes),
                bytes.count - start <= IngressCredential.maximumBytes
            else { return nil }
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]))
            return TokenDigest(hash.finalize())
        }
        return digest ?? nil
    }
}

/// Why an authenticator cannot be made.
package enum AuthenticatorError: Error, Hashable, Sendable {
    /// Two issuers with the same `iss`: whose keys count would be a matter of order.
    case duplicateIssuer(String)
}
