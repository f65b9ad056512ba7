import MartletCedar
import MartletJSON

/// The policies of some files in one set, and where each comes from.
///
/// A policy has the id of its `@id`, else `policy0`, `policy1` and so on through all files; JSON brings its own ids.
struct PolicyLoading {
    private(set) var policies = PolicySet()
    private var files: [PolicyID: PolicyFile] = [:]
    private var number = 0

    init(_ files: [PolicyFile], links: PolicyFile? = nil) throws(PolicyFault) {
        for file in files {
            if file.isJSON { try addJSON(file) } else { try addText(file) }
        }
        if let links { try addLinks(links) }
    }

    /// What is wrong at a place of a policy.
    func fault(_ policy: PolicyID, _ span: SourceSpan, _ problem: String, remedy: String? = nil) -> PolicyFault {
        files[policy]?.fault(span, problem, remedy: remedy, policy: policy)
            ?? PolicyFault(file: "policies", place: nil, policy: policy, problem: problem, remedy: remedy)
    }

    /// Where a policy starts.
    func span(of id: PolicyID) -> SourceSpan {
        (policies.template(id)?.body ?? policies.policy(id)?.body)?.span ?? .none
    }

    var count: Int { policies.policies.count + policies.templates.count }

    private mutating func addText(_ file: PolicyFile) throws(PolicyFault) {
        for body in try file.textPolicies() { try add(body, file) }
    }

    private mutating func addJSON(_ file: PolicyFile) throws(PolicyFault) {
        if file.isOnePolicy { return try add(try file.jsonPolicy(), file) }
        let read = try file.jsonPolicies()
        for policy in read.policies where policy.link == nil { try add(policy.body, id: policy.id, file) }
        for template in read.templates { try add(template.body, id: template.id, file) }
        for policy in read.policies {
            guard let link = policy.link else { continue }
            try change(policy.id, file, policy.body.span) { (set) throws(PolicySetError) in
                try set.link(template: link.template, id: policy.id, slots: link.slots)
            }
        }
    }

    private mutating func add(_ body: PolicyBody, _ file: PolicyFile) throws(PolicyFault) {
        let id = body.annotation("id") ?? Text("policy\(number)")
        try add(body, id: id, file)
    }

    private mutating func add(_ body: PolicyBody, id: PolicyID, _ file: PolicyFile) throws(PolicyFault) {
        number += 1
        try change(id, file, body.span) { (set) throws(PolicySetError) in try set.add(body, id: id) }
    }

    /// What is wrong with a link later is shown at its template.
    mutating func add(_ link: WrittenLink, _ file: PolicyFile) throws(PolicyFault) {
        try change(link.id, file, .none) { (set) throws(PolicySetError) in
            try set.link(template: link.template, id: link.id, slots: link.slots)
        }
        files[link.id] = files[link.template]
    }

    private mutating func change(
        _ id: PolicyID, _ file: PolicyFile, _ span: SourceSpan,
        _ body: (inout PolicySet) throws(PolicySetError) -> Void
    ) throws(PolicyFault) {
        do throws(PolicySetError) {
            try body(&policies)
        } catch {
            throw file.fault(span, "\(error)", remedy: error.remedy)
        }
        files[id] = file
    }
}

extension PolicySetError {
    fileprivate var remedy: String {
        switch self {
        case .duplicateID: "give each policy an @id of its own"
        case .noSuchTemplate: "a template goes by its @id, and has a slot"
        case .missingSlot, .unknownSlot: "fill the slots that the template has"
        }
    }
}
