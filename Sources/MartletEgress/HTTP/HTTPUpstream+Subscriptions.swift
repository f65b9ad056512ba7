import MartletCore
import MartletJSON
import MartletMCP
import NIOCore
import Synchronization

/// Calls of session-era agents that subscribe to a resource, or end that.
extension HTTPUpstream {
    /// The result of a subscription for which nothing is to be sent: the modern era has no such method, there the next
    /// `subscriptions/listen` says it; and in the session era another stream of the caller has it already, or still
    /// needs it. Nil when the upstream is to be told.
    func settled(_ method: Method, _ uri: ResourceURI, for caller: Principal) async -> UpstreamResult? {
        switch await era(by: .now() + settings.timeout) {
        case .failure(let failure): return .failed(failure)
        case .success(.modern): return .answered(.emptyObject, bytes: 0)
        case .success(.legacy):
            guard let watch = watches.withLock({ $0[CallerKey(caller)] }) else { return nil }
            let isSettled = method == .subscribe ? watch.subscribed.contains(uri) : watch.filter.resources.contains(uri)
            return isSettled ? .answered(.emptyObject, bytes: 0) : nil
        }
    }

    /// The upstream has been told.
    func note(_ method: Method, _ uri: ResourceURI, for caller: Principal, _ result: UpstreamResult) {
        guard case .answered = result else { return }
        watches.withLock { $0[CallerKey(caller)] }?.note(uri, isSubscribed: method == .subscribe)
    }
}
