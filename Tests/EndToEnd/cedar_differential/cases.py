"""One case from a seed: policies, links, a schema or none, entities and eight requests."""
import json
import random
import re

from cedar_differential import pools
from cedar_differential.policies import Policies
from cedar_differential.schemas import Schema, assembled
from cedar_differential.values import Values, corrupt

REQUESTS = 8
TOKEN = re.compile(r'\s+|//[^\n\r]*|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|\d+|::|==|!=|<=|>=|&&|\|\||\?\w+|.', re.S)
# What is put between, or in place of, the tokens of a text.
TOKENS = """if then else in has like is true false principal action resource context permit forbid when unless ?principal ?x @ ( )
{ } [ ] . , ; : :: == != < <= > >= && || + - * / % ! = "a" "\\u{1F}" "\\x7f" "\\x80" "\\*" "\\u{d800}" "\\q" 0 9223372036854775807
9223372036854775808 18446744073709551616 -- decimal ip isIpv4 contains isEmpty getTag offset __cedar A::B E0::"a" Action::"all" // # & |
\\ " {} [] () (1) {a:1} {"a":1,a:2} a.b ["x"] .x .contains(1) like"a*" _ 1a ip() \u00e9 entity type tags enum appliesTo namespace Set Long
Set<Long> attributes <Long> E0 T0 ? ;permit(principal,action,resource) @id("a") when{true} \u00a0 \u2028 \0""".split(" ")


def make(seed, number):
    """The case of this number; two runs with one seed make the same cases."""
    rng = random.Random(f"{seed}/{number}")
    wild = rng.choice((0, 0, 0, 0.01, 0.05, 0.15))
    schema = Schema(rng)
    has_schema = rng.random() < 0.6
    values = Values(rng, schema, explicit=not has_schema, wild=rng.choice((0, 0, 0, 0, wild / 20, 0.01)))
    texts, links = Policies(rng, schema, values, wild).sets()
    case = {
        "id": f"{seed}/{number}", "parts": texts, "links": links, "schema_parts": schema.parts if has_schema else None,
        "entities": values.entities(), "requests": [values.request() for _ in range(REQUESTS)],
        "is_json": rng.random() < 0.3,
    }
    return damaged(rng, case)


def damaged(rng, case):
    """Now and then a case that is not well-formed any more."""
    how = rng.random()
    if how < 0.05:
        index = rng.randrange(len(case["parts"]))
        case["parts"][index] = damaged_text(rng, case["parts"][index])
    elif how < 0.08 and case["schema_parts"]:
        index = rng.randrange(len(case["schema_parts"]))
        space, text = case["schema_parts"][index]
        case["schema_parts"][index] = space, damaged_text(rng, text)
    elif how < 0.12:
        corrupt(rng, case["entities"])
    elif how < 0.15:
        corrupt(rng, rng.choice(case["requests"])["context"])
    elif how < 0.16 and case["links"]:
        damage_link(rng, case["links"])
    return case


def damage_link(rng, links):
    """A link of nothing, with a slot too many or too few, or under a name that is taken.

    The ids of policies are no such names: cedarpy has every template under the number of its place, too.
    """
    link, how = rng.choice(links), rng.random()
    values = link["values"]
    if how < 0.25:
        link["template_id"] = rng.choice(("t9", "", "\u0000"))
    elif how < 0.5:
        del values[rng.choice(list(values))]
    elif how < 0.75:
        values[rng.choice(("?principal", "?resource", "?x"))] = {"type": "E0", "id": "a"}
    else:
        link["new_id"] = rng.choice(links)["new_id"]


def damaged_text(rng, text):
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 2))):
        index, how = rng.randrange(len(tokens)), rng.random()
        if how < 0.25 and len(tokens) > 1:
            del tokens[index]
        elif how < 0.7:
            tokens.insert(index, f" {rng.choice(TOKENS)} ")
        elif how < 0.9:
            tokens[index] = rng.choice(TOKENS)
        else:
            other = rng.randrange(len(tokens))
            tokens[index], tokens[other] = tokens[other], tokens[index]
    return "".join(tokens)


def policies(case):
    return "\n".join(case["parts"])


def schema(case):
    return None if case["schema_parts"] is None else assembled(case["schema_parts"])


def line(case, expected):
    """The case as `martlet policy conformance` reads it; the policies as the reference writes JSON where it can."""
    content = {"id": case["id"], "policies": policies(case), "entities": case["entities"], "requests": case["requests"]}
    if case["schema_parts"] is not None:
        content["schema"] = schema(case)
    if "json" in expected:
        content["policies"] = expected["json"]
    elif case["links"]:
        content["links"] = case["links"]
    expected = {key: value for key, value in expected.items() if key != "json"}
    return json.dumps({**content, "expected": expected}, ensure_ascii=False)
