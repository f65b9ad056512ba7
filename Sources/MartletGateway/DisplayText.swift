/// Text of an upstream that is passed on inside one of our own messages.
enum DisplayText {
    /// At most 512 Unicode scalars, without control characters.
    static func bounded(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(512)
        where scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) {
            shown.append(scalar)
        }
        return String(shown)
    }
}
