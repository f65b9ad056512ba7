/// A question: may this principal do this action on this resource, in this context?
public struct Request: Hashable, Sendable {
    /// Who asks.
    public var principal: EntityUID
    /// What is asked for.
    public var action: EntityUID
    /// On what.
    public var resource: EntityUID
    /// Everything else about the request.
    public var context: Record

    /// Creates a request.
    public init(principal: EntityUID, action: EntityUID, resource: EntityUID, context: Record = .empty) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.context = context
    }
}
