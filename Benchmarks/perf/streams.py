#!/usr/bin/env python3
"""Compares gateways in what is no short call, in interleaved rounds; rows go to run/streams.jsonl. See ../README.md."""
import argparse, json, resource, signal, sys, time

import bench
import event_load
import idle_streams
from gateways import GATEWAYS, changing_list_path

ROWS = bench.R / 'streams.jsonl'
EVENTS = {'paced': dict(connections=32, events=200, interval=10_000), 'burst': dict(connections=8, events=200, interval=0)}
CALLS = {
    'list': lambda g: dict(conns=2, op='list', path=g.path_list),
    'list-changed': lambda g: dict(conns=2, op='list', path=changing_list_path(g)),
    'large': lambda g: dict(conns=2, tool='big'),
    'structured': lambda g: dict(conns=2, tool='big', extra='"structured":true'),
}


def keep(row):
    with ROWS.open('a') as file:
        file.write(json.dumps(row) + '\n')
    print(row, flush=True)


def calls(part, name, gateway, run, fake, seconds):
    """CPU per answer, by the load generator of bench.py."""
    options = CALLS[part](gateway)
    conns = options.pop('conns')
    bench.wrk(gateway, 'modern', conns, 1, **options)
    row = bench.measure(part, name, gateway, run, 'modern', conns, seconds, True, fake, **options)
    return dict(
        part=part, target=name, calls=row['requests'], errors=row['errors'] + row['non2xx'], rate=row['rps'],
        cpu=row['cpu_us'], p50=row['p50'] / 1000, p99=row['p99'] / 1000, bytes=row['bytes_per'], used=row['gw_util'],
        foreign=row['foreign'], records=row.get('log_lines'), upstream=row['upstream_calls'])


def round_of(options, name, fake):
    """All parts but the idle one on one process of the gateway."""
    parts = [part for part in options.parts if part != 'idle']
    if not parts:
        return
    gateway, run = bench.start(name)
    try:
        bench.ready(gateway)
        for part in parts:
            if part in EVENTS:
                keep(event_load.measure(part, name, gateway, run, fake, options.secs, **EVENTS[part]))
            else:
                keep(calls(part, name, gateway, run, fake, options.secs))
    finally:
        if run:
            run.stop()


def idle(options, name, fake):
    """Each kind of stream on a process of its own, so that nothing before has used its memory."""
    for kind in options.streams if name != 'direct' else []:
        gateway, run = bench.start(name)
        try:
            bench.ready(gateway)
            keep(idle_streams.measure(kind, name, gateway, run, fake, options.idle))
        finally:
            run.stop()


def attempt(work, options, name, fake):
    """One failing gateway must not end the comparison; the table then lacks its row, and this line says why."""
    try:
        work(options, name, fake)
    except Exception as error:
        keep(dict(part='failed', target=name, error=repr(error)[:400]))
    time.sleep(.5)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser()
    parser.add_argument('--secs', type=int, default=4)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--max-foreign', type=float, default=0.3)
    parser.add_argument('--parts', nargs='+', default=[*EVENTS, *CALLS, 'idle'])
    parser.add_argument('--streams', nargs='+', default=['call', 'call-session'])
    parser.add_argument('--idle', type=int, default=1000)
    parser.add_argument('--targets', nargs='+', default=list(GATEWAYS))
    options = parser.parse_args()
    bench.CALM[0] = options.max_foreign
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    fake = bench.Run([str(bench.H / 'fakemcp'), str(bench.FAKE), 'both'], 0, 'fake')
    try:
        bench.wait_port(bench.FAKE)
        for _ in range(options.rounds):
            for name in options.targets:
                attempt(round_of, options, name, fake)
        if 'idle' in options.parts:
            for name in options.targets:
                attempt(idle, options, name, fake)
    finally:
        fake.stop()


if __name__ == '__main__':
    main()
