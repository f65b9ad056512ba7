"""Our Cedar engine beside the reference (cedarpy): the same verdicts, decisions, reasons and errors for random cases.

A difference is made smaller and printed with both answers. MARTLET_SEED repeats a run (the seed is printed),
MARTLET_CEDAR_REQUESTS says how many requests, MARTLET_CEDAR_CASE repeats one case of a seed.
"""
import json
import os
import random

import pytest

from cedar_differential import cases, ours, reference
from cedar_differential.shrink import shrink

SEED = os.environ.get("MARTLET_SEED", str(random.SystemRandom().randrange(1 << 32)))
REQUESTS = int(os.environ.get("MARTLET_CEDAR_REQUESTS", "20000"))
ONLY = os.environ.get("MARTLET_CEDAR_CASE")
PACK = 2500


def test_no_difference_with_the_reference():
    print(f"\nMARTLET_SEED={SEED} MARTLET_CEDAR_REQUESTS={REQUESTS}")
    numbers = [int(ONLY)] if ONLY else range(-(-REQUESTS // cases.REQUESTS))
    for start in range(0, len(numbers), PACK):
        found = ours.differences([cases.make(SEED, number) for number in numbers[start:start + PACK]])
        # A comparison of the cases themselves would be printed in full.
        if found:
            pytest.fail(report(found), pytrace=False)


def test_the_generator_reaches_what_it_is_for():
    """Enough of every kind of case, so that no difference means something."""
    pack = [reference.answers(cases.make("reach", number)) for number in range(500)]
    results = [result for answers in pack for result in answers["results"]]

    def share(among, condition):
        return sum(bool(condition(one)) for one in among) / len(among)

    assert share(pack, lambda answers: answers.get("valid") is True) > 0.1
    assert share(pack, lambda answers: answers.get("valid") is False) > 0.1
    assert share(results, lambda result: result["decision"] == "Allow") > 0.1
    assert share(results, lambda result: result["decision"] == "Deny" and result["reason"]) > 0.03
    assert share(results, lambda result: result["errors"]) > 0.05
    assert 0.03 < share(results, lambda result: result["decision"] == "NoDecision") < 0.3


def test_a_difference_becomes_a_small_case():
    """The shrinker, on a difference that is made up: wherever the reference permits by `policy1`."""
    def differing(among):
        return [case for case in among if any("policy1" in one["reason"] for one in reference.answers(case)["results"])]

    case = next(case for number in range(500) for case in differing([cases.make("shrink", number)]))
    small = shrink(case, differing)
    assert len(small["parts"]) == 2 and len(small["requests"]) == 1, small
    assert not small["entities"] and small["schema_parts"] is None and not small["links"], small


def report(others):
    case = shrink(others[0][0], lambda among: [case for case, _, _ in ours.differences(among)])
    [(case, expected, found)] = ours.differences([case])
    return "\n".join((
        f"{len(others)} cases differ: {', '.join(case['id'] for case, _, _ in others[:5])}; the first, made small:", cases.policies(case),
        f"links: {json.dumps(case['links'])}", f"schema: {cases.schema(case)}",
        f"entities: {json.dumps(case['entities'], ensure_ascii=False)}", f"requests: {json.dumps(case['requests'], ensure_ascii=False)}",
        f"reference: {json.dumps(expected, ensure_ascii=False)}", f"ours, where it differs: {json.dumps(found, ensure_ascii=False)}"))
