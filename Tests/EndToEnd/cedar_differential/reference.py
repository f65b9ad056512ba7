"""What the reference engine, cedar-policy 4.12 through cedarpy, says to a case."""
import json
import re

import cedarpy

from cedar_differential import cases

POLICY = re.compile(r"error while evaluating policy `((?:[^`\\]|\\.)*)`")
NO_DECISION = {"decision": "NoDecision", "reason": [], "errors": []}


def answers(case):
    """The verdict on policies without links, where there is a schema, and an answer for each request; the policies as JSON if
    wanted.

    `NoDecision`: the policies, the links, the schema, the entities or the request were refused before evaluation.
    """
    expected = {"results": [NO_DECISION] * len(case["requests"])}
    text = cases.policies(case)
    try:
        schema = None if case["schema_parts"] is None else cedarpy.Schema.from_str(cases.schema(case))
        policies = cedarpy.PolicySet.from_str(text)
    except ValueError:
        return expected
    try:
        if case["links"]:
            policies = policies.with_linked_batch(case["links"])
        # cedarpy validates text, in which there are no links.
        if schema is not None and not case["links"]:
            verdict = cedarpy.validate_policies(text, schema)
            expected["valid"] = verdict.validation_passed
            expected["validation_errors"] = [f"{error.policy_id}: {error.error}" for error in verdict.errors]
        if case["is_json"]:
            expected["json"] = as_json(case, text)
        entities = cedarpy.Entities.from_json_str(json.dumps(case["entities"]), schema)
    except (KeyError, TypeError, ValueError) as error:
        return {**expected, "refused": str(error)}
    requests = [{**request, "context": json.dumps(request["context"])} for request in case["requests"]]
    expected["results"] = [answer(one) for one in cedarpy.is_authorized_batch(requests, policies, entities, schema)]
    return expected


def as_json(case, text):
    """The policies with their links, as the reference writes JSON: templates go by the numbers of their places."""
    content = json.loads(cedarpy.policies_to_json_str(text))
    names = {body.get("annotations", {}).get("id"): name for name, body in content["templates"].items()}
    content["templateLinks"] = [
        {"templateId": names.get(link["template_id"], ""), "newId": link["new_id"], "values": link["values"]}
        for link in case["links"]
    ]
    return content


def answer(response):
    messages = response.diagnostics.errors
    found = {match.group(1) for message in messages for match in [POLICY.search(message)] if match}
    return {
        "decision": response.decision.value, "reason": sorted(response.diagnostics.reasons), "errors": sorted(found),
        "error_messages": messages,
    }
