package import MartletCore
package import MartletMCP
import NIOCore
import Synchronization

extension HTTPUpstream {
    /// Nobody waits longer for capabilities: without an answer the gateway says what it knows by itself.
    private var profileDeadline: NIODeadline { .now() + min(settings.timeout, .seconds(5)) }

    package func profile(for caller: Principal) async -> Result<UpstreamProfile, UpstreamFailure> {
        let deadline = profileDeadline
        switch await era(by: deadline) {
        case .failure(let failure): return .failure(failure)
        case .success(.modern): return await discovered(by: deadline)
        case .success(.legacy):
            if let known = lastProfile.withLock({ $0 }) { return .success(known) }
            if case .failure(let failure) = await session(of: CallerKey(caller), by: deadline) {
                return .failure(failure)
            }
            return lastProfile.withLock { $0 }.map { .success($0) } ?? .failure(.garbage("no capabilities"))
        }
    }

    package func setLogLevel(_ level: LogLevel, for caller: Principal, asking agent: AgentCapabilities) async {
        let deadline = profileDeadline
        guard case .success(.legacy) = await era(by: deadline),
            lastProfile.withLock({ $0 })?.features.contains(.logging) == true
        else { return }
        // What comes of it decides nothing: the gateway filters by the level of the session anyway.
        _ = await askInSession(of: CallerKey(caller, agent), by: deadline, Hearing()) { id, dialect in
            UpstreamRequest.setLevel(id: id, level, dialect)
        }
    }

    private func discovered(by deadline: NIODeadline) async -> Result<UpstreamProfile, UpstreamFailure> {
        let dialect = UpstreamDialect(version: .v2026_07_28, client: settings.client)
        let (_, answer) = await exchange(dialect, by: deadline, Hearing()) { id, dialect in
            UpstreamRequest.discover(id: id, client: dialect.client)
        }
        let read = Self.read(answer)
        if case .notModern = EraProbe.read(read), await isContradicted(by: deadline) { return .failure(.eraChanged) }
        return read.flatMap { answer in
            guard case .result(let result) = answer.0, let profile = UpstreamProfile(result) else {
                return .failure(.garbage("no capabilities"))
            }
            return .success(profile)
        }
    }
}
