"""`martlet policy`: each subcommand, its refusals and exit codes, the packs of the reference, and the examples of the docs."""
import gzip
import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest

from conftest import MARTLET, ROOT

PACKS = ROOT.parent / "shared/data/cedar"
OWN = ROOT / "Tests/Vectors/cedar"
DOCS = sorted((ROOT / "docs/policy").glob("*.md"))
SCHEMA = """\
entity User in [Team] = { level: Long, boss?: User };
entity Team;
entity File = { owner: User };
action read, write appliesTo { principal: [User], resource: [File], context: { n: Long, from?: ipaddr } };
"""
POLICIES = """\
@id("readers")
permit (principal in Team::"readers", action == Action::"read", resource);
@id("large")
forbid (principal, action, resource)
when { context.n > 100 };
@id("owner")
permit (principal, action, resource)
when { resource.owner == principal };
"""
ENTITIES = json.dumps([
    {"uid": {"type": "User", "id": "ann"}, "attrs": {"level": 1}, "parents": [{"type": "Team", "id": "readers"}]},
    {"uid": {"type": "File", "id": "f"}, "attrs": {"owner": {"type": "User", "id": "bob"}}, "parents": []},
])


def policy(*words, cwd=None, stdin=None):
    """Runs `martlet policy …`; no command may take longer than the deadline, or die of a signal."""
    done = subprocess.run([MARTLET, "policy", *map(str, words)], cwd=cwd, input=stdin, capture_output=True, timeout=300,
                          text=not isinstance(stdin, bytes))
    assert done.returncode in (0, 1, 2), done
    return done


@pytest.fixture
def folder(tmp_path):
    for name, text in {"s.cedarschema": SCHEMA, "p.cedar": POLICIES, "e.json": ENTITIES}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


# --- the docs ---------------------------------------------------------------------------------------------------------

BLOCK = re.compile(r"^```(\w*) ?([\w.\-]*)\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_example_of_the_docs_is_true(page, tmp_path):
    consoles, cedar = [], []
    for language, name, text in BLOCK.findall(page.read_text()):
        if language == "console":
            consoles.append(text)
            continue
        assert name, f"a block of {language} without a file name"
        (tmp_path / name).write_text(text)
        if language == "cedar":
            cedar.append(name)
    assert consoles
    for name in set(cedar) - {"wrong.cedar", "trap.cedar"}:
        done = policy("validate", "--schema", "erp.cedarschema", name, cwd=tmp_path)
        assert done.returncode == 0 and not done.stderr, done.stderr
    for console in consoles:
        for command, expected in split(console):
            words = shlex.split(command)
            assert words[:2] == ["martlet", "policy"], command
            done = policy(*words[2:], cwd=tmp_path)
            found = done.stdout + done.stderr + (f"[exit code {done.returncode}]\n" if done.returncode else "")
            assert found == expected, command
    for name in cedar:
        done = policy("fmt", "--check", name, cwd=tmp_path)
        assert name in ("words.cedar", "wrong.cedar") or done.returncode == 0, done.stdout


def test_the_guide_shows_every_command_but_conformance_which_has_a_page():
    text = "".join(page.read_text() for page in DOCS)
    for command in ("fmt", "validate", "eval", "translate", "conformance"):
        assert f"$ martlet policy {command} " in text, command


def split(console):
    command, expected = None, ""
    for line in console.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:].strip(), ""
        else:
            expected += line
    yield command, expected


# --- fmt --------------------------------------------------------------------------------------------------------------

UGLY = 'permit(principal,action,resource)when{true // why\n};'
NICE = 'permit (principal, action, resource)\nwhen\n{\n  true // why\n};\n'


def test_fmt_prints_checks_and_writes(tmp_path):
    file, link = tmp_path / "a.cedar", tmp_path / "link.cedar"
    file.write_text(UGLY)
    file.chmod(0o640)
    link.symlink_to(file)
    assert policy("fmt", file).stdout == NICE
    assert policy("fmt", stdin=UGLY).stdout == NICE
    done = policy("fmt", "--check", file)
    assert (done.returncode, done.stdout) == (1, f"{file}: not formatted\n")
    assert file.read_text() == UGLY
    done = policy("fmt", "--json", file)
    assert json.loads(done.stdout) == {
        "formatted": False, "files": [{"file": str(file), "changed": True, "text": NICE}]}
    assert policy("fmt", "--write", link).returncode == 0
    assert link.is_symlink() and file.read_text() == NICE and file.stat().st_mode & 0o777 == 0o640
    assert policy("fmt", "--check", file).returncode == 0
    assert policy("fmt", "--write", file).stdout == ""


def test_fmt_leaves_everything_as_it_is_when_one_file_is_no_cedar(tmp_path):
    good, bad = tmp_path / "good.cedar", tmp_path / "bad.cedar"
    good.write_text(UGLY)
    bad.write_text("permit (principal,\n  action resource);")
    done = policy("fmt", "--write", good, bad)
    assert done.returncode == 2
    assert done.stderr == f"{bad}:2:10: the scope allows `==`, `in` and `is`, not `resource`\n"
    assert good.read_text() == UGLY


def test_fmt_takes_width_and_indent(tmp_path):
    done = policy("fmt", "--line-width", 30, "--indent", 4,
                  stdin='permit(principal,action,resource)when{context.aaaaaaaaaa&&context.bbbbbbbb};')
    assert "\n    context.aaaaaaaaaa &&\n    context.bbbbbbbb\n" in done.stdout


# --- validate ---------------------------------------------------------------------------------------------------------

def test_validate_says_file_line_column_what_and_what_to_do(folder):
    assert policy("validate", "--schema", "s.cedarschema", "p.cedar", cwd=folder).stdout == "valid: 3 policies (strict)\n"
    assert policy("validate", "--schema", "s.cedarschema", cwd=folder).stdout == "s.cedarschema: good\n"
    (folder / "bad.cedar").write_text('@id("x")\npermit (principal, action, resource)\nwhen { principal.boss.level > 1 };')
    done = policy("validate", "--schema", "s.cedarschema", "p.cedar", "bad.cedar", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("bad.cedar:3:8: policy x: the attribute `boss` of `User` is optional, and nothing before says "
                           "that it is there; write `… has boss &&` before it\n")
    found = json.loads(policy("validate", "--json", "--schema", "s.cedarschema", "bad.cedar", cwd=folder).stdout)
    assert found["valid"] is False and found["mode"] == "strict" and found["warnings"] == []
    assert [(e["line"], e["column"], e["policy"], e["remedy"]) for e in found["errors"]] == [
        (3, 8, "x", "write `… has boss &&` before it")]


@pytest.mark.parametrize("condition, meant", [
    ("principal.levle > 1", "level"), ("principal is Usr", "User"), ('action == Action::"raed"', 'Action::"read"'),
    ("context.m > 1", "n"), ("principal.nothinglikeit > 1", None),
])
def test_validate_names_what_was_probably_meant(folder, condition, meant):
    (folder / "typo.cedar").write_text("permit (principal, action, resource)\nwhen { %s };" % condition)
    done = policy("validate", "--schema", "s.cedarschema", "typo.cedar", cwd=folder)
    assert done.returncode == 1
    assert (f"; did you mean `{meant}`? correct the name" in done.stderr) == (meant is not None), done.stderr
    assert ("did you mean" in done.stderr) == (meant is not None)


def test_validate_permissive_and_levels(folder):
    (folder / "mixed.cedar").write_text("permit (principal, action, resource) when { context.n == \"a\" || context.n < 9 };")
    assert policy("validate", "--schema", "s.cedarschema", "mixed.cedar", cwd=folder).returncode == 1
    done = policy("validate", "--permissive", "--schema", "s.cedarschema", "mixed.cedar", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "valid: 1 policy (permissive)\n")
    assert policy("validate", "--level", 1, "--schema", "s.cedarschema", "p.cedar", cwd=folder).returncode == 0
    done = policy("validate", "--level", 0, "--schema", "s.cedarschema", "p.cedar", cwd=folder)
    assert done.returncode == 1 and done.stderr.startswith("p.cedar:1:1: policy readers: this looks 1 step(s)")


def test_validate_warns_of_policies_that_never_apply(folder):
    (folder / "never.cedar").write_text("permit (principal, action, resource) when { context.n < 1 && false };")
    done = policy("validate", "--schema", "s.cedarschema", "never.cedar", cwd=folder)
    assert done.returncode == 0 and done.stderr.startswith("warning: never.cedar:1:1: policy policy0: no request")


def test_a_policy_that_is_no_cedar_is_not_valid_and_a_schema_that_is_none_is_an_error(folder):
    (folder / "bad.cedar").write_text("permit (principal, action, resource)\nwhen { 1 = 2 };")
    done = policy("validate", "--schema", "s.cedarschema", "bad.cedar", cwd=folder)
    assert (done.returncode, done.stderr) == (1, "bad.cedar:2:10: Cedar has no `=`\n")
    (folder / "bad.cedarschema").write_text("entity User in [Nobody];")
    done = policy("validate", "--schema", "bad.cedarschema", "p.cedar", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("bad.cedarschema:1:17: there is no type `Nobody`; correct the name, or declare it")
    for words in (["--schema", "none", "p.cedar"], ["--schema", "s.cedarschema", "none"], ["p.cedar"],
                  ["--schema", "s.cedarschema", "--level", "-1", "p.cedar"]):
        assert policy("validate", *words, cwd=folder).returncode == 2, words


# --- eval -------------------------------------------------------------------------------------------------------------

ASK = ["--policies", "p.cedar", "--entities", "e.json", "--principal", 'User::"ann"', "--action", 'Action::"read"',
       "--resource", 'File::"f"']


def test_eval_gives_the_decision_and_all_that_had_a_say(folder):
    done = policy("eval", *ASK, "--schema", "s.cedarschema", "--context", '{"n": 1, "from": "10.0.0.1"}', cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "allow\ndetermined by: readers\nsatisfied permits: readers\nsatisfied forbids: none\n"
    (folder / "c.json").write_text('{"n": 101}')
    done = policy("eval", *ASK, "--context", "c.json", "--json", cwd=folder)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "decision": "deny", "determining": ["large"], "permits": ["readers"], "forbids": ["large"], "errors": []}


def test_eval_shows_policies_that_fail_with_their_place(folder):
    done = policy("eval", *ASK, "--json", cwd=folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["errors"] == [
        {"file": "p.cedar", "line": 5, "column": 8, "policy": "large", "problem": "the record has no key `n`"}]
    assert "the gateway would deny this: a policy failed\n" in policy("eval", *ASK, cwd=folder).stdout


def test_eval_reads_the_request_from_a_file_and_the_policies_as_json(folder):
    (folder / "r.json").write_text(json.dumps({
        "principal": {"type": "User", "id": "ann"}, "action": {"__entity": {"type": "Action", "id": "read"}},
        "resource": 'File::"f"', "context": {"n": 5}}))
    (folder / "p.json").write_text(policy("translate", "p.cedar", cwd=folder).stdout)
    done = policy("eval", "--policies", "p.json", "--entities", "e.json", "--request", "r.json", cwd=folder)
    assert done.returncode == 0 and "determined by: policy0\n" in done.stdout
    done = policy("eval", "--policies", "p.json", "--request", "r.json", "--principal", 'User::"zoe"', cwd=folder)
    assert done.returncode == 1


@pytest.mark.parametrize("words, message", [
    (["--context", '{"n": "one"}', "--schema", "s.cedarschema"], "the context is not what the schema declares"),
    (["--context", '{"n": 1}', "--schema", "s.cedarschema", "--action", 'Action::"fly"'], "has no action"),
    (["--context", "[1]"], "No such file"),
    (["--context", '{"n": 1.5}'], "expected an integer of 64 bits"),
    (["--context", '{"n": 1, "n": 2}'], "not JSON"),
    (["--principal", "ann"], "--principal: "),
    (["--principal", 'User::"ann" || true'], "--principal: "),
    (["--entities", "p.cedar"], "not JSON"),
    (["--policies", "e.json"], "e.json: "),
    (["--request", "e.json"], "expected an object with principal"),
])
def test_eval_refuses_what_it_cannot_judge(folder, words, message):
    done = policy("eval", *ASK, *words, cwd=folder)
    assert done.returncode == 2 and message in done.stderr and not done.stdout, done


def test_eval_needs_a_whole_request_and_different_ids(folder):
    assert policy("eval", "--policies", "p.cedar", cwd=folder).returncode == 2
    assert policy("eval", *ASK[2:], cwd=folder).returncode == 2
    done = policy("eval", *ASK, "--policies", "p.cedar", "p.cedar", cwd=folder)
    assert done.returncode == 2 and "the policy id `readers` is there twice; give each policy an @id" in done.stderr


# --- links ------------------------------------------------------------------------------------------------------------

TEMPLATE = '@id("share")\npermit (principal == ?principal, action == Action::"read", resource == ?resource)\nwhen { context.n < 9 };\n'
LINK = {"template_id": "share", "link_id": "ann-f", "args": {"?principal": 'User::"ann"', "?resource": 'File::"f"'}}
AS_JSON = {"templateId": "share", "newId": "ann-f", "values": {
    "?principal": {"__entity": {"type": "User", "id": "ann"}}, "?resource": {"type": "File", "id": "f"}}}


def share(folder, links):
    (folder / "t.cedar").write_text(TEMPLATE)
    (folder / "l.json").write_text(links if isinstance(links, str) else json.dumps(links))


@pytest.mark.parametrize("link", [LINK, AS_JSON], ids=["as the reference", "as policies in JSON"])
def test_links_take_part_in_decisions(folder, link):
    share(folder, [link])
    ask = ["--policies", "t.cedar", "--links", "l.json", *ASK[2:], "--schema", "s.cedarschema"]
    done = policy("eval", *ask, "--context", '{"n": 1}', cwd=folder)
    assert done.returncode == 0 and "determined by: ann-f\n" in done.stdout, done
    assert policy("eval", *ask, "--context", '{"n": 1}', "--principal", 'User::"bob"', cwd=folder).returncode == 1
    without = [word for word in ask if word not in ("--links", "l.json")]
    assert policy("eval", *without, "--context", '{"n": 1}', cwd=folder).returncode == 1
    failed = json.loads(policy("eval", *ask[:-2], "--context", "{}", "--json", cwd=folder).stdout)["errors"]
    assert failed == [{"file": "t.cedar", "line": 3, "column": 8, "policy": "ann-f", "problem": "the record has no key `n`"}]


def test_links_are_validated_with_the_templates_of_all_files(folder):
    share(folder, [LINK])
    done = policy("validate", "--schema", "s.cedarschema", "p.cedar", "t.cedar", "--links", "l.json", cwd=folder)
    assert done.returncode == 0 and done.stdout == "valid: 5 policies (strict)\n", done
    share(folder, [{**LINK, "args": {"?principal": 'Team::"readers"', "?resource": 'Box::"b"'}}])
    done = policy("validate", "--schema", "s.cedarschema", "t.cedar", "--links", "l.json", "--json", cwd=folder)
    found = json.loads(done.stdout)
    assert done.returncode == 1 and {error["policy"] for error in found["errors"]} == {"ann-f"}, found
    assert any("`Box`" in error["problem"] for error in found["errors"])


@pytest.mark.parametrize("links, message", [
    ("{}", "expected a JSON list of links"), ("nonsense", "expected a JSON list of links"), ("[{}]", "link 1 is none"),
    ([LINK, {**LINK, "more": 1}], "link 2 is none"), ([{**LINK, "args": {"?action": 'User::"a"'}}], "link 1 is none"),
    ([{**LINK, "args": {"?principal": "ann"}}], "link 1 is none"), ([LINK, LINK], "is there twice"),
    ([{**LINK, "template_id": "other"}], "there is no template `other`"),
    ([{**LINK, "args": {"?principal": 'User::"a"'}}], "leaves `?resource` of the template `share` open"),
])
def test_links_that_are_none_are_refused(folder, links, message):
    share(folder, links)
    done = policy("eval", "--policies", "t.cedar", "--links", "l.json", *ASK[2:], cwd=folder)
    assert done.returncode == 2 and message in done.stderr and "l.json: " in done.stderr and not done.stdout, done
    done = policy("validate", "--schema", "s.cedarschema", "t.cedar", "--links", "l.json", cwd=folder)
    assert done.returncode == 1 and message in done.stderr, done
    assert policy("eval", "--policies", "t.cedar", "--links", "none.json", *ASK[2:], cwd=folder).returncode == 2


# --- translate --------------------------------------------------------------------------------------------------------

def test_translate_goes_there_and_back(folder):
    as_json = policy("translate", "p.cedar", cwd=folder).stdout
    assert list(json.loads(as_json)["staticPolicies"]) == ["policy0", "policy1", "policy2"]
    assert policy("translate", stdin=as_json).stdout == policy("fmt", "p.cedar", cwd=folder).stdout.replace(
        ";\n@id", ";\n\n@id")
    one = json.dumps(json.loads(as_json)["staticPolicies"]["policy0"])
    assert policy("translate", stdin=one).stdout.startswith('@id("readers")\npermit (')
    schema = policy("translate", "--schema", "s.cedarschema", cwd=folder).stdout
    assert set(json.loads(schema)[""]["actions"]) == {"read", "write"}
    text = policy("translate", "--schema", "-", stdin=schema).stdout
    assert policy("translate", "--schema", stdin=text).stdout == schema
    wrapped = json.loads(policy("translate", "--json", "--schema", stdin=schema).stdout)
    assert wrapped == {"kind": "schema", "form": "cedar", "result": text.removesuffix("\n")}


@pytest.mark.parametrize("words, text", [
    ([], "permit (principal, action);"), ([], '{"effect": "permit"}'), ([], '{"staticPolicies": {}}'), ([], "[]"),
    (["--schema"], "entity;"), (["--schema"], '{"": {"actions": 1}}'), (["none"], ""),
    ([], json.dumps({"staticPolicies": {}, "templateLinks": [
        {"templateId": "t", "newId": "l", "values": {"?principal": {"type": "User", "id": "a"}}}],
        "templates": {"t": {"effect": "permit", "principal": {"op": "==", "slot": "?principal"},
                            "action": {"op": "All"}, "resource": {"op": "All"}, "conditions": []}}})),
])
def test_translate_refuses_what_it_cannot_read_or_write(words, text):
    done = policy("translate", *words, stdin=text)
    assert done.returncode == 2 and done.stderr and not done.stdout, done


# --- conformance ------------------------------------------------------------------------------------------------------

def own_cases():
    return [line for line in (OWN / "cases.jsonl").read_text().splitlines() if line]


def test_our_own_pack_agrees_plain_and_packed(tmp_path):
    done = policy("conformance", OWN / "cases.jsonl")
    assert done.returncode == 0 and done.stdout.endswith("\nno differences\n"), done.stdout
    packed = tmp_path / "cases.jsonl.gz"
    with gzip.open(packed, "wb") as file:
        file.write("\n".join(own_cases()).encode())
    found = json.loads(policy("conformance", "--json", packed).stdout)
    assert found["agrees"] is True and found["cases"] == len(own_cases()) and found["not_read"] == 0
    for check in ("policies", "schema", "decision", "reasons", "errors", "strict", "permissive", "entities", "requests",
                  "round_trips"):
        assert found["checks"][check]["agree"] > 0 and found["checks"][check]["differ"] == 0, check


def changed(line, change):
    case = json.loads(line)
    change(case)
    return json.dumps(case)


def set_path(*path):
    *keys, last, value = path

    def change(case):
        for key in keys:
            case = case[key]
        case[last] = value
    return change


@pytest.mark.parametrize("check, number, change", [
    ("decision", 0, set_path("requests", 0, "decision", "deny")),
    ("reasons", 0, set_path("requests", 0, "reason", ["policy1"])),
    ("errors", 0, set_path("requests", 0, "errors", ["policy0"])),
    ("strict", 0, set_path("validation", "policyValidation", "strict", False)),
    ("permissive", 0, set_path("validation", "policyValidation", "permissive", False)),
    ("entities", 0, set_path("validation", "entityErrors", 'User::"ann"', ["wrong"])),
    ("requests", 0, set_path("requests", 1, "context", {"n": "text"})),
    ("requests", 0, set_path("validation", "requestValidation", [{"strict": True}, {"strict": False}])),
    ("schema", 0, set_path("schemaJson", "", "entityTypes", "Other", {})),
    ("schema", 0, set_path("schema", "entity;")),
    ("policies", 0, set_path("policies", "permit (principal);")),
    ("decision", 1, set_path("expected", "results", 0, "decision", "NoDecision")),
    ("decision", 1, set_path("expected", "results", 1, "decision", "Allow")),
    ("strict", 1, set_path("expected", "valid", False)),
    ("decision", 1, set_path("expected", "results", 0, "decision", "maybe")),
])
def test_a_difference_is_found_and_shown(check, number, change):
    lines = own_cases()
    lines[number] = changed(lines[number], change)
    done = policy("conformance", "--json", "-", stdin="\n".join(lines))
    found = json.loads(done.stdout)
    assert done.returncode == 1 and found["agrees"] is False
    assert found["checks"][check]["differ"] >= 1, found
    first = next(d for d in found["first_differences"] if d["check"] == check)
    assert (first["line"], first["case"]) == (number + 1, json.loads(lines[number])["id"])
    text = policy("conformance", "-", "--show", 1, stdin="\n".join(lines))
    assert text.returncode == 1 and "differ\n" in text.stdout and "expected " in text.stdout


@pytest.mark.parametrize("change", [
    lambda link: link.pop("new_id"), lambda link: link.pop("template_id"), lambda link: link.update(new_id={"id": "a"}),
])
def test_a_link_without_its_names_is_no_link(change):
    link = {"template_id": "t", "new_id": "l", "values": {"?principal": {"type": "User", "id": "ann"}}}
    case = {"id": "x", "policies": '@id("t") permit (principal == ?principal, action, resource);', "links": [link],
            "requests": []}
    assert policy("conformance", "-", stdin=json.dumps(case)).returncode == 0
    change(link)
    assert "found a link without a text" in policy("conformance", "-", stdin=json.dumps(case)).stdout


def test_a_json_schema_that_text_cannot_say_agrees():
    schema = {"": {"commonTypes": {"User": {"type": "Long"}}, "entityTypes": {"User": {}}, "actions": {}}}
    case = {"id": "x", "policies": "", "schema": schema, "requests": []}
    done = policy("conformance", "-", stdin=json.dumps(case))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line, message", [
    ("nonsense", "not JSON"), ("[]", "expected an object"), ("{}", "expected a string `id`"), ('{"id": "x", "id": "y"}', "not JSON"),
    ('{"id": "x", "policies": 1}', "expected `policies`"), ('{"id": "x", "policies": ""}', "expected an array `requests`"),
    ('{"id": "x", "policies": "", "requests": [{}], "expected": {"results": []}}', "as many `expected.results`"),
    ("\x01\x02", "not JSON"), ("[" * 100_000, "not JSON"),
])
def test_a_line_that_is_no_case_is_named_and_the_others_are_run(line, message):
    done = policy("conformance", "-", stdin="\n".join([own_cases()[0], line, "", own_cases()[1]]))
    assert done.returncode == 2
    assert f"not read: -:2: {message}" in done.stdout or message in done.stdout.split("not read: -:2: ")[1].split("\n")[0]
    assert done.stdout.startswith("2 cases, ") and done.stdout.endswith("\nno differences, 1 lines not read\n"), done.stdout


def test_damaged_gzip_and_missing_files_are_errors(tmp_path):
    whole = gzip.compress("\n".join(own_cases() * 50).encode())
    broken = {"cut": whole[:-20], "header": b"\x1f\x8b\x09" + whole[3:], "sum": whole[:-8] + b"\0" * 8,
              "garbage": whole + b"garbage", "bits": whole[:40] + bytes(b ^ 0x55 for b in whole[40:60]) + whole[60:]}
    for name, data in broken.items():
        (tmp_path / name).write_bytes(data)
        done = policy("conformance", tmp_path / name)
        assert done.returncode in (1, 2) and f"not read: {tmp_path / name}" in done.stdout, (name, done.stdout)
    for words in ([], [tmp_path / "none"], [tmp_path], ["--show", "-1", OWN / "cases.jsonl"]):
        assert policy("conformance", *words).returncode == 2, words
    assert policy("conformance", "-", stdin="").returncode == 2


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_whatever_gzip_writes_is_read(tmp_path, level):
    """Stored, fixed and dynamic blocks, references over the whole window, several members."""
    noise = os.urandom(200_000).hex()
    note = json.dumps({**json.loads(own_cases()[0]), "note": noise})
    lines = "\n".join([note, *own_cases() * 20, note]).encode()
    file = tmp_path / "pack.gz"
    file.write_bytes(gzip.compress(lines, level) + gzip.compress(b"\n" + own_cases()[0].encode(), 1) + gzip.compress(b""))
    found = json.loads(policy("conformance", "--json", file).stdout)
    assert found["agrees"] is True and found["cases"] == 3 + 20 * len(own_cases())
    done = subprocess.run(["gzip", "-c", f"-{max(1, level)}", "--name"], input=lines, capture_output=True, check=True)
    file.write_bytes(done.stdout)
    assert policy("conformance", file).returncode == 0


@pytest.mark.skipif(not (PACKS / "corpus.jsonl.gz").exists(), reason="the packs of the reference are not beside the project")
def test_the_packs_of_the_reference_agree():
    done = policy("conformance", "--json", PACKS / "corpus.jsonl.gz", PACKS / "mcp.jsonl.gz")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["agrees"] is True, found["first_differences"]
    assert found["cases"] >= 1843 and found["requests"] >= 14642


# --- all of them ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("command", ["fmt", "validate", "eval", "translate", "conformance"])
def test_every_command_has_help_with_an_example_and_refuses_unknown_options(command):
    done = policy(command, "--help")
    assert done.returncode == 0 and f"martlet policy {command}" in done.stdout and "xample" in done.stdout
    assert "--json" in done.stdout
    assert policy(command, "--no-such-option").returncode == 2


def test_control_characters_of_a_file_do_not_reach_the_terminal(folder):
    (folder / "esc.cedar").write_text('@id("\x1b[31m")\npermit (principal, action, resource)\nwhen { context.x == "\x1b" };')
    for done in (policy("validate", "--schema", "s.cedarschema", "esc.cedar", cwd=folder),
                 policy("eval", *ASK, "--policies", "esc.cedar", "--context", '{"x": "\\u001b"}', cwd=folder)):
        assert "\x1b" not in done.stdout + done.stderr
