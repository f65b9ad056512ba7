extension Printer {
    mutating func print(_ body: PolicyBody) {
        for annotation in body.annotations {
            print("@\(annotation.name)")
            if let value = annotation.value { print("(\(Quoted.string(value)))") }
            print("\n")
        }
        print("\(body.effect.rawValue) (")
        print("principal", body.principal, .principal)
        print(", action")
        print(body.action)
        print(", ")
        print("resource", body.resource, .resource)
        print(")")
        for condition in body.conditions {
            print("\n\(condition.kind.rawValue) { ")
            print(condition.body)
            print(" }")
        }
        print(";")
    }

    private mutating func print(_ variable: String, _ constraint: ScopeConstraint, _ slot: Slot) {
        print(variable)
        switch constraint {
        case .any: break
        case .equal(let reference): print(" == \(reference.text(slot))")
        case .in(let reference): print(" in \(reference.text(slot))")
        case .isType(let type): print(" is \(type)")
        case .isTypeIn(let type, let reference): print(" is \(type) in \(reference.text(slot))")
        }
    }

    private mutating func print(_ action: ActionConstraint) {
        switch action {
        case .any: break
        case .equal(let uid): print(" == \(uid)")
        case .in(let uid): print(" in \(uid)")
        case .inAny(let uids): print(" in [\(uids.map(\.description).joined(separator: ", "))]")
        }
    }
}

extension EntityReference {
    fileprivate func text(_ slot: Slot) -> String {
        switch self {
        case .entity(let uid): uid.description
        case .slot: slot.rawValue
        }
    }
}

extension Expression: CustomStringConvertible {
    /// The expression as Cedar text.
    public var description: String {
        var printer = Printer()
        printer.print(self)
        return printer.output
    }
}

extension PolicyBody: CustomStringConvertible {
    /// The policy as Cedar text.
    public var description: String {
        var printer = Printer()
        printer.print(self)
        return printer.output
    }
}

extension PolicySet {
    /// Policies and templates as Cedar text, in the order of the set; text cannot hold links, and no ids but `@id`.
    public var text: String {
        let written = policies.filter { $0.link == nil }.map { ($0.id, $0.body) } + templates.map { ($0.id, $0.body) }
        return written.map { $0.1.description }.joined(separator: "\n\n")
    }
}
