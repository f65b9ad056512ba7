"""Makes a case smaller as long as it still differs. All cases of one step are asked at once, so that a step is cheap."""
import copy
import json

from cedar_differential import cases
from cedar_differential.values import at, paths

# More cases than this in one step do not pay.
WIDTH = 300
STAND_INS = ("true", "false", "1", '"a"', "principal", "context", "[]", "{}")


def shrink(case, differing):
    """The smallest case that `differing`, which picks those of a list that differ, still picks."""
    while True:
        smaller = sorted(filter(lambda other: size(other) < size(case), candidates(case)), key=size)
        for start in range(0, len(smaller), WIDTH):
            found = differing(smaller[start:start + WIDTH])
            if found:
                case = found[0]
                break
        else:
            return case


def size(case):
    values = json.dumps([case["entities"], case["requests"], case["links"]])
    return len(cases.policies(case)) * 2 + len(cases.schema(case) or "") + len(values) + case["is_json"]


def candidates(case):
    """The case with one thing less."""
    for key in ("requests", "parts", "links", "entities", "schema_parts"):
        if case[key]:
            yield from shorter(case, key)
    if case["schema_parts"] is not None:
        yield {**case, "schema_parts": None}
    if case["is_json"]:
        yield {**case, "is_json": False}
    for key in ("entities", "requests", "links"):
        yield from poorer(case, key)
    for index, text in enumerate(case["parts"]):
        for less in texts(text):
            yield {**case, "parts": [*case["parts"][:index], less, *case["parts"][index + 1:]]}
    for index, (space, text) in enumerate(case["schema_parts"] or ()):
        for less in texts(text):
            yield {**case, "schema_parts": [*case["schema_parts"][:index], (space, less), *case["schema_parts"][index + 1:]]}


def shorter(case, key):
    """One element of a list alone, a half of them, or all but one."""
    among = case[key]
    half = len(among) // 2
    for kept in ([], among[:half], among[half:], *([one] for one in among)):
        if key != "requests" or kept:
            yield {**case, key: kept}
    for index in range(len(among)):
        if len(among) > 1:
            yield {**case, key: among[:index] + among[index + 1:]}


def poorer(case, key):
    """JSON without one member or element, or with a smaller value in its place."""
    for path in paths(case[key]):
        *outer, last = path
        # What the pack itself needs stays.
        if (key == "requests" and "context" not in outer) or (key == "links" and outer[1:] != ["values"]):
            continue
        less = copy.deepcopy(case[key])
        del at(less, outer)[last]
        yield {**case, key: less}
        value = at(case[key], path)
        if isinstance(value, (dict, list)) and value or value not in (0, "", {}, []):
            less = copy.deepcopy(case[key])
            at(less, outer)[last] = {dict: {}, list: [], str: "a"}.get(type(value), 0)
            yield {**case, key: less}


def texts(text):
    """Text without some of its tokens, or with one bracket replaced by what is in it or by a stand-in."""
    tokens = [token for token in cases.TOKEN.findall(text) if not token.startswith("//")]
    opened = []
    for index, token in enumerate(tokens):
        if token in "([{":
            opened.append(index)
        elif token in ")]}" and opened:
            start = opened.pop()
            yield "".join(tokens[:start] + tokens[start + 1:index] + tokens[index + 1:])
            yield "".join(tokens[:start] + tokens[index + 1:])
            for other in STAND_INS:
                yield "".join([*tokens[:start], other, *tokens[index + 1:]])
    length = len(tokens)
    while length > 1:
        length //= 2
        for start in range(0, len(tokens), length):
            yield "".join(tokens[:start] + tokens[start + length:])
