import MartletAudit
import MartletCore
import MartletGateway
import MartletJSON

/// Puts on record what an operator says of a call in doubt or of an alert. Whoever says it is named by the kernel.
struct WordDesk: Sendable {
    let audit: AuditLog
    /// Reads one record of the published log.
    let look: @Sendable (UInt64) async -> ProofLookup

    /// `{"word": "resolved", "record": 12, "call": "…", "ran": true, "reason": "…"}`; `acknowledged` and `closed` are about
    /// an alert, without `call` and `ran`. `case` when wanted.
    func record(_ inbound: InboundRequest) async -> AuditedResponse {
        do throws(Refusal) {
            guard let peer = inbound.peer else { throw Refusal(503, "The kernel does not say who asks") }
            let word = try word(inbound.body, peer)
            let entry = try await entry(at: word.record)
            guard word.isAbout(entry) else {
                throw Refusal(409, "Record \(word.record) is a \(entry.type.rawValue) that this cannot be said of")
            }
            do throws(AuditError) {
                return try await audit.record(
                    .word(word), answering: AdminAnswer.json(200, Array(#"{"recorded":true}"#.utf8)))
            } catch {
                throw Refusal(503, "It cannot be recorded, and counts for nothing")
            }
        } catch {
            return audit.unrecorded(.metadata, answering: AdminAnswer.problem(error.status, error.text))
        }
    }

    private func word(_ body: [UInt8], _ peer: LocalPeer) throws(Refusal) -> OperatorWord {
        let request: JSONValue
        do throws(JSONError) { request = try JSONValue.parse(body) } catch {
            throw Refusal(400, "The body is not acceptable JSON: \(error.reason)")
        }
        guard let record = request.member("record")?.integer.flatMap(UInt64.init(exactly:)) else {
            throw Refusal(400, "Name a record by its index")
        }
        guard let reason = request.member("reason")?.string, (1...1024).contains(reason.utf8.count) else {
            throw Refusal(400, "Say why, in 1 to 1024 bytes")
        }
        return OperatorWord(
            try meaning(request), of: record, by: peer, reason: reason, matter: request.member("case")?.string)
    }

    private func meaning(_ request: JSONValue) throws(Refusal) -> OperatorWord.Meaning {
        switch request.member("word")?.string {
        case "resolved":
            guard let call = request.member("call")?.string.flatMap({ CallID($0) }),
                let ran = request.member("ran")?.bool
            else { throw Refusal(400, "Name the call, and whether it ran") }
            return .resolved(call, ran: ran)
        case "acknowledged": return .acknowledged
        case "closed": return .closed
        default: throw Refusal(400, "The word is resolved, acknowledged or closed")
        }
    }

    private func entry(at index: UInt64) async throws(Refusal) -> TimelineEntry {
        switch await look(index) {
        case .found(let record):
            do throws(LeafError) { return try TimelineEntry(leaf: record.leaf, index: index) } catch {
                throw Refusal(409, "Record \(index) is none that anything can be said of")
            }
        case .notCovered:
            throw Refusal(404, "The log that grows has no published record \(index); try again in a second")
        case .unavailable: throw Refusal(503, "The log cannot be read")
        }
    }

    private struct Refusal: Error {
        let status: Int
        let text: String

        init(_ status: Int, _ text: String) { (self.status, self.text) = (status, text) }
    }
}
