/// How policies are written for people: the style of `cedar format`.
///
/// Comments stay where they are. What is formatted parses to the same trees and stays as it is when formatted again.
/// Source: the crate cedar-policy-formatter 4.12, from which it differs in two points: comments behind a comma that is
/// left out stay, and no line ends with spaces.
public struct PolicyFormat: Hashable, Sendable {
    /// The margin, in columns. Default 80.
    public var lineWidth = 80
    /// Spaces per level. Default 2.
    public var indent = 2

    /// The defaults.
    public init() {}

    /// Why a text is not formatted.
    public enum Failure: Error, Hashable, Sendable {
        /// It is no Cedar.
        case parse(ParseError)
        /// The result would have another meaning or other comments: a fault of the formatter, which must not show.
        case unsafe
    }

    /// Formats policies and templates as Cedar text in UTF-8.
    public func format(_ source: [UInt8], limits: ParseLimits = ParseLimits()) throws(Failure) -> String {
        do throws(ParseError) {
            let policies = try PolicyBody.parse(source, limits: limits)
            let read = try CommentedTokens(source)
            let output = write(read)
            let bytes = Array(output.utf8)
            if try PolicyBody.parse(bytes, limits: limits) == policies,
                try CommentedTokens(bytes).comments == read.comments
            {
                return output
            }
        } catch {
            throw .parse(error)
        }
        throw .unsafe
    }

    private func write(_ read: CommentedTokens) -> String {
        var builder = PolicyLayout(read.tokens, indent: indent)
        let texts = builder.policies().map { LayoutRenderer.render($0, width: lineWidth) }
        return texts.joined(separator: "\n\n") + "\n" + read.final.map { "\($0)\n" }.joined()
    }
}
