package import MartletCore
package import MartletJSON

/// Which value is looked for at a declared place.
///
/// It holds the value: what goes into the record of the search is the place alone.
package struct ArgumentQuestion: Hashable, Sendable {
    package let path: SearchedPath
    private let meanings: [ArgumentScalar]
    /// What the index may have for it.
    package let tokens: [ArgumentToken]

    /// Nil for a text that stands for no value that is indexed.
    package init?(_ path: SearchedPath, is text: String, under key: BlindKey) {
        meanings = ArgumentScalar.meanings(of: text)
        guard !meanings.isEmpty else { return nil }
        self.path = path
        tokens = meanings.map { key.token(of: $0, at: path) }
    }

    /// Whether these arguments have the value at the place.
    package func isAnswered(by arguments: JSONValue) -> Bool {
        guard let found = arguments.value(at: path.pointer).flatMap(ArgumentScalar.init) else { return false }
        return meanings.contains(found)
    }
}
