import MartletCore
import MartletJSON

/// What opens a pseudonym: who it stands for, and the salt that keeps others from guessing that.
///
/// An SD-JWT disclosure, base64url of `[salt, "sub_id", value]`, whose SHA-256 is the pseudonym. The value is a subject identifier:
/// `iss_sub` for a name under its issuer, `opaque` for a name that no issuer vouches for. Whoever is shown one can check it with
/// any SD-JWT library, and nobody can make another one for the same pseudonym. Source: RFC 9901, sections 4.2.1 and 4.2.3; RFC
/// 9493, sections 3.2.3 and 3.2.4; ADR-0032.
package struct IdentityDisclosure: Hashable, Sendable {
    /// As it is shown and hashed.
    package let text: String
    package let subject: DataSubject
    package static let saltBytes = 16

    /// `salt` is random: without it a pseudonym could be tried name by name.
    package init(of subject: DataSubject, salt: [UInt8]) {
        var writer = JSONWriter(capacity: 160)
        writer.beginArray()
        writer.string(base64URL: salt)
        writer.string("sub_id")
        writer.beginObject()
        writer.field("format", subject.issuer.isEmpty ? "opaque" : "iss_sub")
        if !subject.issuer.isEmpty { writer.field("iss", subject.issuer) }
        let name = subject.name?.rawValue ?? ""
        if subject.issuer.isEmpty { writer.field("id", name) } else { writer.field("sub", name) }
        writer.endObject()
        writer.endArray()
        text = Base64URL.encode(writer.bytes)
        self.subject = subject
    }

    /// Reads one; nil when it is none.
    package init?(_ text: String) {
        guard text.utf8.count <= 8192, let bytes = Base64URL.decode(text) else { return nil }
        do {
            let array = try JSONValue.parse(bytes)
            guard array.kind == .array, array.count == 3, array[1]?.isString("sub_id") == true,
                let value = array[2],
                let name = SubjectID(value.member("sub")?.string ?? value.member("id")?.string ?? "")
            else { return nil }
            subject = DataSubject(issuer: value.member("iss")?.string ?? "", name: name)
            self.text = text
        } catch {
            return nil
        }
    }

    package var pseudonym: Pseudonym { Pseudonym(of: text) }
}
