/// A rule that the records of a sound log keep among each other. Raw values stand in records and output: never renamed.
package enum LogRule: String, Hashable, Sendable, CaseIterable {
    case readable = "leaf_is_readable"
    case outcomeHasIntent = "outcome_refers_to_intent_of_same_call"
    case oneOutcome = "one_outcome_per_intent"
    case oneIntent = "one_intent_per_call_and_round"
    case deniedIsNotSent = "denied_call_has_no_outcome"
    case taskHasCall = "task_request_refers_to_call_that_became_a_task"
    case approvalRequestedFirst = "ruling_follows_its_request"
    case approvalGranted = "used_approval_was_granted_before"
    case approvalUnambiguous = "approval_has_one_ruling"
    case fourEyes = "approver_is_not_the_requester"
    case sameBinding = "used_approval_is_for_this_call"
    case inTime = "approval_used_before_its_end"
    case singleUse = "approval_used_once"
    case streamEndHasOpening = "stream_end_refers_to_its_opening"
    case oneStreamEnd = "one_end_per_stream"
    case streamEndsInTime = "stream_ends_before_the_log_closes"
    case grantInForce = "call_under_a_grant_in_force"
    case grantNotExpired = "call_before_the_end_of_its_grant"
    case approvalWhereRequired = "approval_where_the_grant_requires_it"
    case policyInForce = "decision_by_the_policy_in_force"
    case credentialNotExpired = "call_before_the_end_of_its_credential"
    case credentialNotRevoked = "no_call_after_revocation"
    case erasureRequestedFirst = "erasure_follows_its_request"
    case heldIsNotErased = "no_erasure_under_hold"
    case holdReleasedOnce = "released_hold_was_placed"
    case wordIsAbout = "operators_word_is_about_a_doubt_or_an_alert"
    case opensAtItsPlace = "opening_states_the_size_of_the_log"
    case headIsKept = "head_is_not_forgotten"
    case heartbeatInPlace = "heartbeat_states_its_place"
    case noPause = "heartbeats_without_a_pause"
    case shardEnds = "nothing_follows_the_end_of_a_shard"
    case shardBegins = "shard_begins_with_the_one_before"
}

/// One place where a log breaks a rule.
package struct LogFinding: Hashable, Sendable {
    package let rule: LogRule
    package let index: UInt64
    package let text: String

    package init(rule: LogRule, index: UInt64, text: String) {
        self.rule = rule
        self.index = index
        self.text = text
    }
}
