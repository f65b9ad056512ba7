"""What is kept of the log on another path: copies that were put back, clones, ends at any moment."""
import contextlib
import copy
import json
import os
import shutil
import subprocess

import pytest

from conftest import ERP_GRANTS, MARTLET, erp, free_port, gateway, wait_until
from test_tlog import audit, size, work
from test_witnessing import refused


def head(running):
    """What the operator is told of it."""
    return json.loads(running.cli("audit", "head", "--json").stdout)


@pytest.fixture
def running(tmp_path):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)], "audit": {"head": "elsewhere"}}, ERP_GRANTS) as running:
        yield running


def put_back(running, old):
    shutil.rmtree(running.folder / "state")
    shutil.copytree(old, running.folder / "state")


def snapshot(running, name="snapshot"):
    """A copy of the state directory as it lies, the gateway running or not."""
    target = running.folder / name
    shutil.copytree(running.folder / "state", target, ignore=shutil.ignore_patterns("admin.sock"))
    return target


def test_the_head_follows_the_log_and_is_where_it_ends(running):
    assert [record["observed"]["head"] for record in running.records(type="log.opened")] == [{"state": "new", "runs": 0}]
    work(running, 3)
    written = len(running.records())
    wait_until(lambda: head(running)["size"] >= written, 20, "the head follows")
    assert size(running) <= head(running)["size"]
    running.stop()
    running.start()
    opened = running.records(type="log.opened")[-1]["observed"]
    assert opened["head"] == {"state": "kept", "size": opened["size"], "runs": 1}
    assert "head at" in running.cli("audit", "verify").stdout
    running.stop()
    assert head(running)["size"] == len(running.records()) and head(running)["runs"] == 2


def test_a_snapshot_that_was_put_back_is_refused_until_the_operator_says_why(running):
    work(running, 2)
    running.stop()
    old = snapshot(running)
    running.start()
    work(running, 5)
    running.stop()
    newest = len(running.records())
    put_back(running, old)
    before = {path: path.read_bytes() for path in audit(running).rglob("*") if path.is_file()}
    for _ in range(2):
        said = refused(running)
        kept, = (running.folder / "elsewhere").glob("*.head")
        assert f"that {newest} were signed: an older copy was put back" in said and str(kept) in said, said
        assert "martlet audit head --accept-rollback" in said
    assert {path: path.read_bytes() for path in audit(running).rglob("*") if path.is_file()} == before
    verified = running.cli("audit", "verify", check=False)
    assert verified.returncode == 1 and "an older copy was put back" in verified.stderr
    assert running.cli("audit", "verify", "--log-only").returncode == 0
    for wrong in (["--accept-rollback"], ["--reason", "none"]):
        assert running.cli("audit", "head", *wrong, check=False).returncode not in (0, 1)
    running.cli("audit", "head", "--accept-rollback", "--reason", "disk lost, backup of Monday")
    running.start()
    opened = running.records(type="log.opened")[-1]
    assert opened["asserted"] == {"reason": "disk lost, backup of Monday"}
    facts = opened["observed"]["head"]
    assert facts["state"] == "accepted" and facts["abandoned"] == newest and facts["size"] == opened["observed"]["size"]
    assert facts["abandoned_root"].startswith("sha256:") and "accepted_uid" in facts and "accepted_t" in facts
    work(running, 1)
    running.stop()
    running.start()
    assert running.records(type="log.opened")[-1]["observed"]["head"]["state"] == "kept", "said once"


def test_a_clone_beside_the_running_gateway_is_refused(running, tmp_path):
    work(running, 1)
    wait_until(lambda: head(running)["size"] == len(running.records()), 20, "the head follows")
    snapshot(running, "clone")
    config = json.loads(running.file.read_text())
    config["listen"]["port"], config["state"] = free_port(), "clone"
    other = tmp_path / "clone.yaml"
    other.write_text(json.dumps(config))
    done = subprocess.run([str(MARTLET), "serve", "--config", str(other)], capture_output=True, text=True, timeout=60,
                          cwd=tmp_path, stdin=subprocess.DEVNULL)
    line, = done.stderr.strip().splitlines()
    assert done.returncode == 2 and "another gateway runs on a copy of this log" in line
    work(running, 1)
    assert running.cli("audit", "verify").returncode == 0


def test_a_gateway_stops_when_another_one_took_the_head_over(running):
    """As on a file system whose locks do not reach the other machine."""
    kept, = (running.folder / "elsewhere").glob("*.head")
    lock, = (running.folder / "elsewhere").glob("*.lock")
    snapshot(running, "clone")
    lock.unlink()
    other = copy.copy(running)
    other.config = json.loads(running.file.read_text())
    other.config["listen"]["port"], other.config["state"] = free_port(), "clone"
    other.file, other.log, other.process = running.folder / "clone.yaml", running.folder / "clone.log", None
    other.file.write_text(json.dumps(other.config))
    other.start()
    try:
        # It may have found out already, or finds out with this call, which it cannot put on record then.
        with contextlib.suppress(OSError):
            assert running.call(running.mint("research-bot"), "list_vendors").status in (200, 503)
        assert running.process.wait(30) == 1
        assert "was moved by somebody else" in running.log.read_text()
        assert "another gateway runs on a copy" in refused(running)
        assert size(running) <= head(other)["size"], "what the other one did not know was not signed"
    finally:
        other.stop()
    said = refused(running)
    assert str(kept) in said and ("it is another history of this log" in said or "were signed" in said)


def test_an_end_at_any_moment_leaves_a_log_that_starts(running):
    """The head is behind the log by what was written since; never ahead of it."""
    for _ in range(6):
        work(running, 4)
        running.kill()
        running.start()
    assert running.cli("audit", "verify").returncode == 0


def test_without_its_head_a_log_is_refused(running):
    running.stop()
    kept, = (running.folder / "elsewhere").glob("*.head")
    kept.rename(running.folder / "aside")
    said = refused(running)
    assert f"its head {kept} is gone" in said or "is gone: put it back" in said
    (running.folder / "aside").rename(kept)
    running.start()
    running.stop()
    kept.write_bytes(kept.read_bytes()[:-2])
    assert "is damaged" in refused(running)
    running.cli("audit", "head", "--accept-rollback", "--reason", "disk error")
    running.start()
    assert running.records(type="log.opened")[-1]["observed"]["head"]["state"] == "accepted"


def test_a_directory_that_is_none_is_refused(running):
    running.stop()
    shutil.rmtree(running.folder / "elsewhere")
    (running.folder / "elsewhere").write_text("")
    assert "elsewhere\" is no directory" in refused(running)


def test_check_says_what_the_place_is_worth(running, tmp_path):
    def place(head):
        config = json.loads(running.file.read_text())
        config["audit"].pop("head", None)
        if head:
            config["audit"]["head"] = head
        file = tmp_path / "checked.yaml"
        file.write_text(json.dumps(config))
        done = subprocess.run([str(MARTLET), "check", "--config", str(file), "--json"], capture_output=True, text=True,
                              cwd=tmp_path, timeout=60)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        return said["head"], said.get("head_warning", "")

    assert place(None) == (str(tmp_path / "state/head"),
                           "on the same path as the log, does not catch a restored snapshot of the state directory")
    assert "inside of the state directory" in place("state/deeper/head")[1]
    assert "on the same volume" in place("elsewhere")[1]
    if tmp_path.stat().st_dev != os.stat("/dev/shm").st_dev:
        assert place("/dev/shm/martlet-head") == ("/dev/shm/martlet-head", "")
    text = running.cli("check").stdout
    assert "audit.head: " in text and "does not catch" in text
