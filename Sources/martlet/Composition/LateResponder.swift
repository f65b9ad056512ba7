import MartletAudit
import MartletGateway
import MartletServer
import Synchronization

/// Holds requests back for the moment between binding the port and knowing the URL that the port makes.
final class LateResponder: Responder {
    private struct State {
        var gateway: Gateway?
        var waiting: [CheckedContinuation<Gateway, Never>] = []
    }
    private let state = Mutex(State())

    func open(_ gateway: Gateway) {
        let waiting = state.withLock { state in
            state.gateway = gateway
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: gateway) }
    }

    func answer(_ request: InboundRequest, on line: AgentLine?) async -> AuditedResponse {
        await gateway().answer(request, on: line)
    }

    func refuse(reason: String, status: Int, source: String) async -> AuditedResponse {
        await gateway().refuse(reason: reason, status: status, source: source)
    }

    private func gateway() async -> Gateway {
        if let gateway = state.withLock({ $0.gateway }) { return gateway }
        return await withCheckedContinuation { continuation in
            let gateway = state.withLock { state in
                if state.gateway == nil { state.waiting.append(continuation) }
                return state.gateway
            }
            if let gateway { continuation.resume(returning: gateway) }
        }
    }
}
