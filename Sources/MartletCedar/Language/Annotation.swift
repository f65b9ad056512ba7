/// `@name("value")`
public struct Annotation: Hashable, Sendable {
    /// The name; may be a word of the language.
    public let name: Text
    /// The value; nil when it is written without one, which means the empty text.
    public let value: Text?

    /// Creates an annotation.
    public init(name: Text, value: Text?) {
        self.name = name
        self.value = value
    }
}
