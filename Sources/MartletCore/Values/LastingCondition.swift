/// Something that lasts and that an operator must know of: said when it begins, when it is another one, now and then
/// while it lasts, and when it ends; not every time it is looked at.
package struct LastingCondition: Sendable {
    package enum News: Hashable, Sendable {
        /// It began, became another one, or is said again; the text says what it is.
        case lasts(String)
        case ended
    }

    private let repeatAfter: Seconds?
    private var said: (text: String, at: UnixTime)?

    /// `repeatAfter` is how long it is not said again while it stays the same; nil for never.
    package init(repeatAfter: Seconds? = nil) { self.repeatAfter = repeatAfter }

    /// Notes how it stands, nil for not at all; gives what is to be said about that.
    package mutating func note(_ text: String?, at now: UnixTime) -> News? {
        guard let text else {
            defer { said = nil }
            return said == nil ? nil : .ended
        }
        if let said, said.text == text, !isDue(after: said.at, now) { return nil }
        said = (text, now)
        return .lasts(text)
    }

    /// A clock that was put back does not silence it.
    private func isDue(after last: UnixTime, _ now: UnixTime) -> Bool {
        repeatAfter.map { now < last || now >= last.advanced(by: $0) } ?? false
    }
}
