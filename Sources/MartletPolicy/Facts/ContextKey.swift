import MartletCedar

/// The keys of contexts, made once: a literal would be made for every call.
enum ContextKey {
    static let approval: Text = "approval"
    static let args: Text = "args"
    static let beginning: Text = "beginning"
    static let caller: Text = "caller"
    static let climbs: Text = "climbs"
    static let derived: Text = "derived"
    static let fault: Text = "fault"
    static let fraction: Text = "fraction"
    static let grant: Text = "grant"
    static let greatest: Text = "greatest"
    static let least: Text = "least"
    static let longest: Text = "longest"
    static let method: Text = "method"
    static let model: Text = "model"
    static let now: Text = "now"
    static let object: Text = "object"
    static let only: Text = "only"
    static let shortest: Text = "shortest"
    static let straight: Text = "straight"
    static let tool: Text = "tool"
    static let uri: Text = "uri"
    static let values: Text = "values"
    static let whole: Text = "whole"
}
