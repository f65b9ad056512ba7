/// Why a call is denied. Raw values are wire codes and stand in records: never renamed, never reused.
///
/// The cases stand in order of specificity, least specific first. When several grants refuse a call for different
/// reasons, the most specific one is told: it names the grant that came nearest to permitting it.
package enum DenialReason: String, Error, Hashable, Sendable, CaseIterable {
    /// No grant names this role, upstream and tool.
    case noGrant = "no_grant"
    /// Grants name them, and all of them have ended.
    case grantExpired = "grant_expired"
    /// Hand-written policies could permit this call, and the conditions of none of them hold.
    case policyUnmet = "policy_unmet"
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
    /// A hand-written policy forbids the call.
    case policyForbids = "policy_forbids"
    /// A hand-written policy forbids this to the caller in any case: for it, the thing does not exist.
    case policyHides = "policy_hides"
    /// A policy that concerns the call could not be evaluated: whatever the others say, nobody knows what it says.
    case policyError = "policy_error"

    /// The more specific of two reasons: the later case.
    static func moreSpecific(_ left: DenialReason?, _ right: DenialReason?) -> DenialReason? {
        guard let left else { return right }
        guard let right else { return left }
        return left.specificity < right.specificity ? right : left
    }

    var specificity: Int {
        switch self {
        case .noGrant: 0
        case .grantExpired: 1
        case .policyUnmet: 2
        case .argumentUnknown: 3
        case .argumentMissing: 4
        case .wrongType: 5
        case .notRepresentable: 6
        case .currencyNotAllowed: 7
        case .valueNotListed: 8
        case .booleanNotAllowed: 9
        case .stringOutOfRange: 10
        case .numberOutOfRange: 11
        case .amountNotPositive: 12
        case .amountBelowLimit: 13
        case .amountAboveLimit: 14
        case .approvalMismatch: 15
        case .approvalNotYetValid: 16
        case .approvalExpired: 17
        case .approvalIncomplete: 18
        case .approvalByRequester: 19
        case .approverNotAllowed: 20
        case .policyForbids: 21
        case .policyHides: 22
        case .policyError: 23
        }
    }
}
