package import MartletAudit
import MartletCore
import MartletGateway
import MartletJSON

/// Erases sealed values by destroying their keys, and places and releases legal holds. Whoever asks is named by the kernel.
package struct ErasureDesk: Sendable {
    private let eraser: Eraser
    private let audit: AuditLog

    package init(eraser: Eraser, audit: AuditLog) {
        self.eraser = eraser
        self.audit = audit
    }

    /// `{"subject": "zoe", "case": "T-17", "reason": "GDPR Art. 17(1)(b)"}`, and `issuer` and `quarter` when wanted.
    func erase(_ inbound: InboundRequest) async -> AuditedResponse {
        do throws(Refusal) {
            let (request, peer) = try account(inbound)
            guard let name = request.member("subject")?.string.flatMap({ SubjectID($0) }) else {
                throw Refusal(400, "Name a subject")
            }
            guard let reason = request.member("reason")?.string, !reason.isEmpty else {
                throw Refusal(400, "An erasure needs a reason: its legal basis")
            }
            let quarter = try request.member("quarter").map { value throws(Refusal) in
                guard let quarter = value.string.flatMap({ Quarter($0) }) else {
                    throw Refusal(400, "A quarter is written 2026-Q4")
                }
                return quarter
            }
            let order = ErasureOrder(
                name: name, issuer: request.member("issuer")?.string, quarter: quarter,
                matter: try matter(request), reason: reason, by: peer)
            do throws(ErasureError) {
                return answer(200, report: try await eraser.erase(order))
            } catch {
                throw Refusal(error)
            }
        } catch {
            return refused(error)
        }
    }

    /// `{"subject": "zoe", "case": "T-17"}` or `{"all": true, "case": "T-17"}`, and `issuer` when wanted.
    func hold(_ inbound: InboundRequest, releases: Bool) async -> AuditedResponse {
        do throws(Refusal) {
            let (request, peer) = try account(inbound)
            let name = request.member("subject")?.string.flatMap { SubjectID($0) }
            guard (name == nil) == (request.member("all")?.bool == true) else {
                throw Refusal(400, "Name a subject, or all")
            }
            let order = HoldOrder(
                name: name, issuer: request.member("issuer")?.string, matter: try matter(request), by: peer)
            do throws(ErasureError) {
                let hold = releases ? try await eraser.release(order) : try await eraser.place(order)
                return answer(200) { $0.write(hold) }
            } catch {
                throw Refusal(error)
            }
        } catch {
            return refused(error)
        }
    }

    func holds() -> AuditedResponse {
        answer(200) { writer in
            writer.key("holds")
            writer.beginArray()
            for hold in eraser.holds {
                writer.beginObject()
                writer.write(hold)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    private func account(_ inbound: InboundRequest) throws(Refusal) -> (JSONValue, LocalPeer) {
        guard let peer = inbound.peer else { throw Refusal(503, "The kernel does not say who asks") }
        do {
            return (try JSONValue.parse(inbound.body), peer)
        } catch {
            throw Refusal(400, "The body is not acceptable JSON: \(error.reason)")
        }
    }

    private func matter(_ request: JSONValue) throws(Refusal) -> String {
        guard let matter = request.member("case")?.string, (1...256).contains(matter.utf8.count) else {
            throw Refusal(400, "Name the case, in 1 to 256 bytes")
        }
        return matter
    }

    private func answer(_ status: Int, report: ErasureReport) -> AuditedResponse {
        answer(status) { writer in
            writer.member("erasure", string: report.facts.id)
            writer.member("subject", string: report.facts.subject.rawValue)
            writer.key("keys")
            writer.beginArray()
            for key in report.facts.keys { writer.string(key.rawValue) }
            writer.endArray()
            writer.member("approvals", int: report.facts.approvals ?? 0)
            writer.member("requested", int: report.requested)
            writer.member("executed", int: report.executed)
        }
    }

    private func answer(_ status: Int, _ write: (inout JSONWriter) -> Void) -> AuditedResponse {
        var writer = JSONWriter()
        writer.beginObject()
        write(&writer)
        writer.endObject()
        return audit.unrecorded(.metadata, answering: AdminAnswer.json(status, writer.bytes))
    }

    private func refused(_ refusal: Refusal) -> AuditedResponse {
        audit.unrecorded(.metadata, answering: AdminAnswer.problem(refusal.status, refusal.text))
    }
}

private struct Refusal: Error {
    let status: Int
    let text: String

    init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    init(_ error: ErasureError) {
        switch error {
        case .unknownSubject: self.init(404, "No values of that name are sealed")
        case .ambiguous(let issuers):
            let named = issuers.map { $0.isEmpty ? "\"\" (an owner of grants, under no issuer)" : $0 }
            self.init(
                409,
                "Several issuers know that name, also by a revocation; say --issuer, once for each that is meant: "
                    + named.joined(separator: ", "))
        case .nothingToErase: self.init(404, "There is no key of that subject and quarter")
        case .tooManyKeys(let count): self.init(409, "\(count) keys are too many for one record: erase by quarter")
        case .held(let record, let holds):
            let names = holds.map { "\($0.id) (case \($0.matter))" }.joined(separator: ", ")
            self.init(409, "Refused, and recorded at \(record): on hold by \(names)")
        case .holdStands(let id): self.init(409, "That hold is on already: \(id)")
        case .noSuchHold: self.init(404, "There is no such hold")
        case .busy: self.init(409, "Another erasure or hold is being recorded: try again")
        case .notRecorded(let why): self.init(503, "Nothing was done, for it cannot be recorded (\(why))")
        case .unfinished(let requested, let why):
            self.init(503, "Requested at record \(requested), and not finished: \(why). The next start finishes it")
        case .approvals(let why): self.init(503, "Nothing was done, for approvals could not be closed: \(why)")
        case .vault(let why): self.init(503, "Nothing was done, for the vault cannot be read: \(why)")
        }
    }
}

extension JSONWriter {
    /// The members of one hold.
    fileprivate mutating func write(_ hold: HoldFacts) {
        member("hold", string: hold.id)
        member("case", string: hold.matter)
        member("all", bool: hold.subject == nil)
        if let subject = hold.subject { member("subject", string: subject.rawValue) }
    }
}
