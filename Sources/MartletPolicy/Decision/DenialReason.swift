/// Why a call is denied. Raw values are wire codes and stand in records: never renamed, never reused.
///
/// The cases stand in order of specificity, least specific first. When several grants refuse a call for different
/// reasons, the most specific one is told: it names the grant that came nearest to permitting it.
package enum DenialReason: String, Error, Hashable, Sendable, CaseIterable {
    /// No grant names this role, upstream and tool.
    case noGrant = "no_grant"
    /// Grants name them, and all of them have ended.
    case grantExpired = "grant_expired"
    /// The grant is closed and an argument stands in no constraint of it.
    case argumentUnknown = "argument_unknown"
    /// A constrained argument is absent, or its list is empty.
    case argumentMissing = "argument_missing"
    /// A constrained argument has another JSON type than its constraint is about.
    case wrongType = "wrong_type"
    /// A number that cannot be compared exactly (more than 18 digits on either side of the point).
    case notRepresentable = "not_representable"
    case currencyNotAllowed = "currency_not_allowed"
    case valueNotListed = "value_not_listed"
    case booleanNotAllowed = "boolean_not_allowed"
    case stringOutOfRange = "string_out_of_range"
    case numberOutOfRange = "number_out_of_range"
    case amountNotPositive = "amount_not_positive"
    case amountBelowLimit = "amount_below_limit"
    case amountAboveLimit = "amount_above_limit"
    /// The approval was given for other arguments, another caller, another tool or another policy.
    case approvalMismatch = "approval_mismatch"
    /// The approval was given at a later moment than now: its times cannot be trusted.
    case approvalNotYetValid = "approval_not_yet_valid"
    case approvalExpired = "approval_expired"
    /// Fewer different people approved than the grant asks for.
    case approvalIncomplete = "approval_incomplete"
    /// An approver is the agent itself, the person it acts for, or a link of the delegation chain between them.
    case approvalByRequester = "approval_by_requester"
    case approverNotAllowed = "approver_not_allowed"

    /// The more specific of two reasons: the later case.
    static func moreSpecific(_ left: DenialReason?, _ right: DenialReason?) -> DenialReason? {
        guard let left else { return right }
        guard let right else { return left }
        return left.specificity < right.specificity ? right : left
    }

    private var specificity: Int {
        switch self {
        case .noGrant: 0
        case .grantExpired: 1
        case .argumentUnknown: 2
        case .argumentMissing: 3
        case .wrongType: 4
        case .notRepresentable: 5
        case .currencyNotAllowed: 6
        case .valueNotListed: 7
        case .booleanNotAllowed: 8
        case .stringOutOfRange: 9
        case .numberOutOfRange: 10
        case .amountNotPositive: 11
        case .amountBelowLimit: 12
        case .amountAboveLimit: 13
        case .approvalMismatch: 14
        case .approvalNotYetValid: 15
        case .approvalExpired: 16
        case .approvalIncomplete: 17
        case .approvalByRequester: 18
        case .approverNotAllowed: 19
        }
    }
}
