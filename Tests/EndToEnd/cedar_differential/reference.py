"""What the reference engine, cedar-policy 4.12 through cedarpy, says to a case."""
import json
import re

import cedarpy

from cedar_differential import cases

POLICY = re.compile(r"error while evaluating policy `((?:[^`\\]|\\.)*)`")
NO_DECISION = {"decision": "NoDecision", "reason": [], "errors": []}


def answers(case):
    """The verdict on the policies, where there is a schema, and one answer for each request.

    `NoDecision`: the policies, the links, the schema, the entities or the request were refused before evaluation.
    """
    expected = {"results": [NO_DECISION] * len(case["requests"])}
    text = cases.policies(case)
    try:
        schema = None if case["schema_parts"] is None else cedarpy.Schema.from_str(cases.schema(case))
        policies = cedarpy.PolicySet.from_str(text)
    except ValueError:
        return expected if case["schema_parts"] is None else {**expected, "valid": False}
    if schema is not None:
        verdict = cedarpy.validate_policies(text, schema)
        expected["valid"] = verdict.validation_passed
        expected["validation_errors"] = [f"{error.policy_id}: {error.error}" for error in verdict.errors]
    try:
        if case["links"]:
            policies = policies.with_linked_batch(case["links"])
        entities = cedarpy.Entities.from_json_str(json.dumps(case["entities"]), schema)
    except (KeyError, TypeError, ValueError) as error:
        expected["refused"] = str(error)
        return expected
    requests = [{**request, "context": json.dumps(request["context"])} for request in case["requests"]]
    expected["results"] = [answer(one) for one in cedarpy.is_authorized_batch(requests, policies, entities, schema)]
    return expected


def answer(response):
    messages = response.diagnostics.errors
    found = {match.group(1) for message in messages for match in [POLICY.search(message)] if match}
    return {
        "decision": response.decision.value, "reason": sorted(response.diagnostics.reasons), "errors": sorted(found),
        "error_messages": messages,
    }
