"""Where Martlet does not say to a case what the reference says."""
import json
import pathlib
import subprocess
import tempfile

from cedar_differential import cases, reference
from conftest import MARTLET


def differences(asked):
    """The cases on which we and the reference differ: of each the case, the reference's answers and what we say."""
    pack = [(case, reference.answers(case)) for case in asked]
    lines = "".join(cases.line(case, expected) + "\n" for case, expected in pack)
    with tempfile.TemporaryDirectory(prefix="martlet-cedar-") as folder:
        file = pathlib.Path(folder) / "pack.jsonl"
        file.write_text(lines)
        run = subprocess.run(
            [MARTLET, "policy", "conformance", "--json", "--show", "100000", file], capture_output=True, text=True,
            timeout=120 + len(lines) // 20_000, check=False)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    tally = json.loads(run.stdout)
    assert tally["agrees"] == (run.returncode == 0) and tally["not_read"] == 0, run.stdout
    assert (tally["cases"], tally["requests"]) == (len(pack), sum(len(case["requests"]) for case in asked)), run.stdout
    ours = {}
    for one in tally["first_differences"]:
        ours.setdefault(one["line"] - 1, []).append({key: one[key] for key in ("request", "check", "found") if key in one})
    return [(*pack[index], found) for index, found in sorted(ours.items())]
