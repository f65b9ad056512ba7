"""What a JSON text means to Python, without its own leniencies, and to Node."""
import base64
import json
import pathlib
import shutil
import struct
import subprocess


class Number(str):
    """A number as it is written."""


def refuse(name):
    raise ValueError(f"{name} is not JSON")


def pairs(members):
    if len({key for key, _ in members}) != len(members):
        raise ValueError("a key twice")
    return ("object", members)


def tree(text: bytes):
    """Members in order and numbers as written; raises on everything that is not unambiguous JSON."""
    return json.loads(text.decode("utf-8"), parse_float=Number, parse_int=Number, parse_constant=refuse,
                      object_pairs_hook=pairs)


def units(text: str):
    return text.encode("utf-16-be", "surrogatepass").hex()


def meaning(value):
    """The same form as read.js gives: numbers as doubles, keys and text as UTF-16, members by their keys."""
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, Number):
        return ["number", struct.pack(">d", float(value)).hex()]
    if isinstance(value, str):
        return ["string", units(value)]
    if isinstance(value, list):
        return ["array", [meaning(element) for element in value]]
    return ["object", sorted(([units(key), meaning(member)] for key, member in value[1]), key=lambda pair: pair[0])]


def node():
    return shutil.which("node")


def meanings_by_node(texts):
    """One run for all; None for a text that Node refuses."""
    lines = b"".join(base64.b64encode(text) + b"\n" for text in texts)
    script = pathlib.Path(__file__).with_name("read.js")
    done = subprocess.run([node(), script], input=lines, capture_output=True, check=True, timeout=120)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(texts)
    return answers
