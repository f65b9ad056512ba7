/// How much the validator accepts.
public enum ValidationMode: String, Hashable, Sendable, CaseIterable {
    /// What a reader expects: sets of one type, comparisons of related types, literal arguments of constructors.
    /// What passes cannot fail with a type error, and can be analysed.
    case strict
    /// What cannot fail with a type error.
    case permissive
}
