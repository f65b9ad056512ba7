"""Memory of a gateway per open stream on which nothing happens."""
import json, subprocess, time

import bench
import event_load
from gateways import holding_path


def _call(gateway, era, i, session):
    params = {'name': 'stream', 'arguments': {'hold': True}, '_meta': {'progressToken': i + 1}}
    return event_load.request(
        gateway, era, 'tools/call', params, 'stream', holding_path(gateway, i), i, session, id=i + 1)


def _listen(gateway, i):
    params = {'notifications': {'toolsListChanged': True}}
    return event_load.request(
        gateway, 'modern', 'subscriptions/listen', params, path=holding_path(gateway, i), token=i, id=i + 1)


def _session(gateway, i):
    path, gateway.path = gateway.path, holding_path(gateway, i)
    try:
        return bench.session(gateway, tokens=i)
    finally:
        gateway.path = path


def requests(kind, gateway, count):
    """What opens `count` streams, each of another caller.

    call: a tool of the modern era that has said one thing and runs on; call-session: the same in a session of its own;
    get: the standing stream of a session; listen: the standing stream of the modern era.
    """
    for i in range(count):
        if kind == 'call':
            yield _call(gateway, 'modern', i, None)
        elif kind == 'call-session':
            yield _call(gateway, 'legacy', i, _session(gateway, i))
        elif kind == 'get':
            session = _session(gateway, i)
            yield event_load.request(
                gateway, 'legacy', '', {}, path=holding_path(gateway, i), token=i, session=session, verb='GET')
        else:
            yield _listen(gateway, i)


def measure(kind, name, gateway, run, fake, count):
    """One row: proportional memory before and with `count` streams, and after they were closed."""
    before = bench.rss(run.pid)
    event_load.write(list(requests(kind, gateway, count)))
    holder = subprocess.Popen(
        ['taskset', '-c', '0', str(event_load.EVENTS), str(gateway.port), str(count), '60', str(event_load.FILE), 'hold'],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = json.loads(holder.stdout.readline() or '{"open":0,"errors":-1}')
    time.sleep(3)
    opened, cpu = bench.rss(run.pid), bench.cpu(run.pid)
    time.sleep(5)
    cpu = bench.cpu(run.pid) - cpu
    status, _, _ = bench.rpc(
        gateway, 'modern', 'tools/call', {'name': gateway.tool, 'arguments': bench.ARGS}, gateway.tool, timeout=20)
    holder.stdin.close()
    holder.wait(10)
    time.sleep(3)
    return dict(
        part=f'idle {kind}', target=name, open=told['open'], errors=told['errors'], before=before, opened=opened,
        after=bench.rss(run.pid), kib=round((opened - before) * 1024 / max(1, told['open']), 1),
        idle_cpu=round(cpu / 5, 4), answers=status == 200)
