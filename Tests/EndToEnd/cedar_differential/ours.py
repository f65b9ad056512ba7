"""What Martlet says to packs of cases, and where that is not what the reference says."""
import json
import os
import pathlib
import subprocess
import tempfile

from cedar_differential import cases, reference

ROOT = pathlib.Path(__file__).resolve().parents[3]


def differences(asked):
    """The cases on which we and the reference differ: of each the case, the reference's answers and ours."""
    pack = [(case, reference.answers(case)) for case in asked]
    lines = "".join(cases.line(case, expected) + "\n" for case, expected in pack)
    with tempfile.TemporaryDirectory(prefix="martlet-cedar-") as folder:
        answers = answered(pathlib.Path(folder), lines)
    assert len(answers) == len(pack), f"{len(answers)} answers to {len(pack)} cases"
    return [(case, expected, ours) for (case, expected), ours in zip(pack, answers) if gist(expected) != gist(ours)]


def gist(answers):
    """What has to be the same: verdict, decisions, and the policies that are reasons and errors."""
    results = [(one["decision"], sorted(one["reason"]), sorted(one["errors"])) for one in answers["results"]]
    return answers.get("valid"), results


def answered(folder, lines):
    """Runs the cases through the tests of the module, which were built before."""
    pack, answers = folder / "pack.jsonl", folder / "answers.jsonl"
    pack.write_text(lines)
    run = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "PackTests"],
        cwd=ROOT, env={**os.environ, "MARTLET_CEDAR_PACK": str(pack), "MARTLET_CEDAR_ANSWERS": str(answers)}, capture_output=True, text=True,
        timeout=120 + len(lines) // 20_000, check=False)
    assert run.returncode == 0 and answers.exists(), run.stdout + run.stderr
    return [json.loads(line) for line in answers.read_text().splitlines()]
