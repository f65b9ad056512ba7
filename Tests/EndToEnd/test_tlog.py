"""The log directory of a gateway, checked with tools that know nothing of us, and with our own offline verifier."""
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import ERP_GRANTS, HERE, erp, gateway, wait_until

GOVER = HERE.parent / "Interop/gover"
APT = "apt-get install -y golang-go golang-golang-x-mod-dev"
X_MOD = pathlib.Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")


@pytest.fixture(scope="session")
def gover(tmp_path_factory):
    """A verifier made of the Go team's own code."""
    if not shutil.which("go") or not X_MOD.exists():
        pytest.skip(f"Go's x/mod/sumdb is not on this machine; install it with: {APT}")
    folder = tmp_path_factory.mktemp("gover")
    environment = {**os.environ, "GOPATH": "/usr/share/gocode", "GO111MODULE": "off", "GOCACHE": str(folder / "cache"),
                   "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", folder / "gover", "."], cwd=GOVER, env=environment, check=True, timeout=300)
    return folder / "gover"


def audit(running):
    return running.folder / "state/audit"


def vkey(running):
    return (audit(running) / "checkpoint.vkey").read_text().strip()


def size(running):
    return int((audit(running) / "checkpoint").read_text().splitlines()[1])


def foreign(gover, running, step=1):
    return subprocess.run([gover, audit(running), vkey(running), str(step)], capture_output=True, text=True, timeout=120)


def work(running, calls):
    token = running.mint("research-bot")
    for _ in range(calls):
        assert running.call(token, "list_vendors").status == 200


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Three runs, the second one killed, with more than one full tile; at rest."""
    folder = tmp_path_factory.mktemp("tlog")
    with gateway(folder, {"upstreams": [erp(folder)]}, ERP_GRANTS) as running:
        work(running, 70)
        running.stop()
        running.start()
        work(running, 80)
        running.kill()
        running.start()
        work(running, 30)
        running.stop()
        yield running


def test_the_tools_of_the_go_team_accept_the_directory_as_it_lies(log, gover):
    done = foreign(gover, log)
    assert done.returncode == 0 and done.stdout.startswith(f"good: {size(log)} entries"), done
    assert size(log) > 256 and size(log) == len(log.records())


def test_and_refuse_it_when_one_byte_is_another(log, gover, tmp_path):
    spoilt = tmp_path / "audit"
    for name in ("tile/entries/000", "tile/0/000", "checkpoint"):
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(audit(log), spoilt)
        data = bytearray((spoilt / name).read_bytes())
        data[40] ^= 1
        (spoilt / name).write_bytes(data)
        done = subprocess.run([gover, spoilt, vkey(log)], capture_output=True, text=True, timeout=120)
        assert done.returncode == 1 and done.stderr, name


def test_only_what_belongs_to_the_log_lies_there(log):
    tiles = sorted(str(path.relative_to(audit(log))) for path in (audit(log) / "tile").rglob("*") if path.is_file())
    rest = size(log) - 256
    assert set(tiles) >= {"tile/0/000", f"tile/0/001.p/{rest}", "tile/1/000.p/1", "tile/entries/000",
                          f"tile/entries/001.p/{rest}"}
    assert not [name for name in tiles if name.startswith(("tile/0/000.p", "tile/entries/000.p")) or "tmp" in name]


def test_a_running_gateway_can_be_checked_too(tmp_path, gover):
    """The checkpoint follows within a second or so, and whatever moment is seen, it fits the tiles."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for _ in range(4):
            before = size(running)
            work(running, 20)
            wait_until(lambda: size(running) >= before + 40, what="the checkpoint covers the calls")
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            copy.mkdir()
            shutil.copy(audit(running) / "checkpoint", copy)
            shutil.copytree(audit(running) / "tile", copy / "tile")
            done = subprocess.run([gover, copy, vkey(running)], capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done


@pytest.mark.parametrize("round", range(3))
def test_after_kill_9_the_checkpoint_still_fits_its_tiles(tmp_path, gover, round):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        for calls in (3 + round, 17, 5):
            work(running, calls)
            running.kill()
            assert foreign(gover, running).returncode == 0
            running.start()
        running.stop()
        assert foreign(gover, running).returncode == 0 and size(running) == len(running.records())


def test_tiles_that_are_gone_are_made_anew_by_the_next_run(tmp_path, gover):
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        work(running, 5)
        running.stop()
        shutil.rmtree(audit(running) / "tile")
        assert foreign(gover, running).returncode == 1
        running.start()
        running.stop()
        assert foreign(gover, running).returncode == 0


def test_tiles_that_cannot_be_written_stop_no_call(tmp_path, gover):
    """Said in the gateway's log, and made good when it is possible again."""
    with gateway(tmp_path, {"upstreams": [erp(tmp_path)]}, ERP_GRANTS) as running:
        running.stop()
        shutil.move(audit(running) / "tile", tmp_path / "aside")
        (audit(running) / "tile").write_text("in the way")
        running.start()
        work(running, 5)
        wait_until(lambda: b"tiles and checkpoint of the audit log stay behind" in running.log.read_bytes(), what="alert")
        work(running, 5)
        (audit(running) / "tile").unlink()
        wait_until(lambda: b"are up to date again" in running.log.read_bytes(), what="the end of the alert")
        running.stop()
        assert foreign(gover, running).returncode == 0 and size(running) == len(running.records())
