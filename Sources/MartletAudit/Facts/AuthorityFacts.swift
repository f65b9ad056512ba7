package import MartletCore
import MartletJSON

/// One thing of the configuration that says who may do what.
package enum AuthorityItem: Hashable, Sendable {
    case grant(GrantStatement)
    /// An agent that is listed with its role.
    case agent(id: String, role: String, issuer: String)
    /// An issuer whose tokens name the role themselves, in this claim.
    case issuer(String, roleClaim: String)
    /// A hand-written policy, by its name; its text is not in the log.
    case policy(String)

    /// At most about 12 KiB: every text and list is bounded.
    var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        switch self {
        case .grant(let grant): writer.grant(grant)
        case .agent(let id, let role, let issuer):
            writer.field("kind", "agent")
            writer.field("id", bounded: id)
            writer.field("role", bounded: role)
            writer.field("iss", bounded: issuer)
        case .issuer(let issuer, let claim):
            writer.field("kind", "issuer")
            writer.field("iss", bounded: issuer)
            writer.field("role_claim", bounded: claim)
        case .policy(let name):
            writer.field("kind", "policy")
            writer.field("id", bounded: name)
        }
        writer.endObject()
        return writer.bytes
    }
}

/// A grant in the words of the configuration.
package struct GrantStatement: Hashable, Sendable {
    package var id: String
    package var role: String
    package var upstream: String
    /// What it is for, as records name it: a tool, `prompt <name>`, `resource <uri>`.
    package var subject: String
    package var scope: [String]
    /// Nil when no approval is required.
    package var approvers: [String]?
    package var expires: UnixTime
    package var owner: String?
    /// Which argument is the amount and which the currency, as JSON Pointers.
    package var amount: String?
    package var currency: String?

    package init(id: String, role: String, upstream: String, subject: String, expires: UnixTime) {
        self.id = id
        self.role = role
        self.upstream = upstream
        self.subject = subject
        self.expires = expires
        scope = []
    }
}

/// As much of a statement of all grants as fits one record.
package struct AuthorityPart: Sendable {
    let items: [[UInt8]]
    /// SHA-256 over all items of the statement: what is in force, whatever the parts.
    let set: Digest
    /// Of the policy that decides by them, as each decision names it.
    let policy: Digest?
    let part: Int
    let parts: Int

    /// Bytes of items in one record; a leaf holds 65,535.
    static let room = 48 << 10

    /// Divides a statement; it is there as soon as all of its parts are. An empty one has one part.
    package static func parts(of items: [AuthorityItem], policy: Digest? = nil) -> [AuthorityPart] {
        var groups: [[[UInt8]]] = [[]]
        var (bytes, all) = (0, [UInt8]())
        for item in items.map(\.bytes) {
            if bytes + item.count > room, groups.last?.isEmpty == false {
                groups.append([])
                bytes = 0
            }
            groups[groups.count - 1].append(item)
            bytes += item.count + 1
            all += item + [UInt8(ascii: "\n")]
        }
        let set = Digest(of: all)
        return groups.enumerated().map {
            AuthorityPart(items: $1, set: set, policy: policy, part: $0 + 1, parts: groups.count)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func grant(_ grant: GrantStatement) {
        field("kind", "grant")
        field("id", bounded: grant.id)
        field("role", bounded: grant.role)
        field("upstream", bounded: grant.upstream)
        field("tool", bounded: grant.subject, to: 1024)
        field("scope", names: grant.scope, rest: "scope_omitted")
        if let approvers = grant.approvers { field("approvers", names: approvers, rest: "approvers_omitted") }
        field("expires", grant.expires)
        field("owner", bounded: grant.owner)
        field("amount", bounded: grant.amount)
        field("currency", bounded: grant.currency)
    }

    /// Inside `derived`: what the gateway made of its configuration.
    mutating func authority(_ part: AuthorityPart) {
        key("items")
        beginArray()
        for item in part.items { raw(item) }
        endArray()
        field("set", part.set)
        field("policy", part.policy)
        field("part", part.part)
        field("parts", part.parts)
    }

    /// The groups of `audit.read`: the kernel vouches for the reader, the rest is what the reading process says.
    mutating func reading(_ facts: ReadFacts) {
        group("verified") { verified in
            verified.field("uid", facts.reader.user)
            verified.field("pid", facts.reader.process)
        }
        group("asserted") { asserted in
            asserted.field("command", bounded: facts.command, to: 32)
            asserted.field("filter", bounded: facts.filter, to: 1024)
            asserted.field("case", bounded: facts.matter)
            asserted.field("found", facts.found)
            asserted.key("opened")
            asserted.beginArray()
            for index in facts.opened.prefix(256) { asserted.number(index) }
            asserted.endArray()
            if facts.openedCount > 256 { asserted.field("opened_omitted", facts.openedCount - 256) }
        }
    }
}
