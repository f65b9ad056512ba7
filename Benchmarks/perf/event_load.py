"""Load of answers that come as events: CPU per event of a gateway, and when each event arrives."""
import json, os, subprocess

import bench

EVENTS = bench.H / 'events'
FILE = bench.R / 'requests.bin'


def request(gateway, era, method, params, name=None, path=None, token=0, session=None, verb='POST', id=1):
    """The bytes of one HTTP request."""
    fields = bench.headers(gateway, era, method, name, session, tokens=token)
    if verb == 'GET':
        fields = {**fields, 'Accept': 'text/event-stream'}
        fields.pop('Content-Type'), fields.pop('Mcp-Method', None)
        body = b''
    else:
        if era == 'modern':
            params = {**params, '_meta': {**bench.META, **params.get('_meta', {})}}
        body = json.dumps({'jsonrpc': '2.0', 'id': id, 'method': method, 'params': params}).encode()
        fields['Content-Length'] = len(body)
    head = f'{verb} {path or gateway.path} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n'
    return head.encode() + ''.join(f'{k}: {v}\r\n' for k, v in fields.items()).encode() + b'\r\n' + body


def write(requests):
    """Puts requests where the load generator reads them."""
    FILE.write_bytes(b''.join(b'%d\n' % len(r) + r for r in requests))


def calls(gateway, events, interval):
    """64 calls of 64 callers, each answered with `events` events `interval` microseconds apart."""
    arguments = {'events': events, 'interval_us': interval}
    return [
        request(
            gateway, 'modern', 'tools/call',
            {'name': 'stream', 'arguments': arguments, '_meta': {'progressToken': i + 1}}, 'stream', token=i, id=i + 1)
        for i in range(64)]


def measure(part, name, gateway, run, fake, seconds, connections, events, interval):
    """One row: CPU per event, delay from the upstream's stamp to the reader, and who else used the machine."""
    write(calls(gateway, events, interval))
    bench.calm(*bench.CALM)
    pid = run.pid if run else fake.pid
    cpu, fake_cpu, busy, sent = bench.cpu(pid), bench.cpu(fake.pid), bench.busy(), bench.stats()['event']
    load = subprocess.Popen(
        ['taskset', '-c', '0', str(EVENTS), str(gateway.port), str(connections), str(seconds), str(FILE)],
        stdout=subprocess.PIPE)
    out = load.stdout.read()
    _, load.returncode, usage = os.wait4(load.pid, 0)
    if load.returncode:
        raise RuntimeError(f'load generator ended with {load.returncode}')
    cpu, fake_cpu, busy = bench.cpu(pid) - cpu, bench.cpu(fake.pid) - fake_cpu, bench.busy() - busy
    answer = json.loads(out)
    load_cpu, span = usage.ru_utime + usage.ru_stime, answer['us'] / 1e6
    known = cpu + load_cpu + (fake_cpu if run else 0)
    return dict(
        part=part, target=name, events=answer['events'], calls=answer['calls'], errors=answer['errors'],
        sent=bench.stats()['event'] - sent, rate=round(answer['events'] / span),
        cpu=round(cpu / max(1, answer['events']) * 1e6, 2), p50=answer['p50'] / 1000, p99=answer['p99'] / 1000,
        used=round(cpu / span, 3), foreign=round(max(0, busy - known) / span / os.cpu_count(), 3))
