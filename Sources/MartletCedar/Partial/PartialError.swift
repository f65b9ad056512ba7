/// Why nothing is decided from a part of a request.
public enum PartialError: Error, Hashable, Sendable {
    /// These policies are not strictly valid, so that nothing is known about their types.
    case invalidPolicies([ValidationError])
    /// No request like this one fits the schema.
    case request(RequestValidationError)
    /// The request or the entities are not those that were asked about, completed.
    case otherRequest
}
