#!/usr/bin/env python3
"""Tables of run/streams.jsonl (or of the file named): the median of the rounds, and each round in brackets."""
import collections, json, pathlib, statistics, sys

FILE = pathlib.Path(sys.argv[1]) if sys.argv[1:] else pathlib.Path(__file__).parent / 'run/streams.jsonl'
TITLES = {
    'paced': 'events, 32 streams, 200 events each, one in 10 ms',
    'burst': 'events, 8 streams, 200 events each, all at once',
    'list': 'tools/list of 1,000 tools',
    'list-changed': 'tools/list of 1,000 tools, one of them another each time',
    'large': 'a result of 1 MB, text',
    'structured': 'a result of 1 MB, structured',
}


def number(value):
    return f'{value:.0f}' if abs(value) >= 100 else f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def rounds(values):
    return f'{number(statistics.median(values))} ({", ".join(number(v) for v in values)})'


def added(rows, direct, key):
    """A quantile less that of the same round without a gateway. Of quantiles, so it can be a little below zero."""
    return [row[key] - base[key] for row, base in zip(rows, direct)]


def table(part, targets):
    is_events = part in ('paced', 'burst')
    unit = 'event' if is_events else 'answer'
    print(f'\n{TITLES[part]}\n\n| target | CPU µs per {unit} | p50 ms | p99 ms | p50 less direct, ms | per s | errors | foreign |')
    print('|---|---|---|---|---|---|---|---|')
    for target, rows in targets.items():
        extra = rounds(added(rows, targets['direct'], 'p50')) if 'direct' in targets and target != 'direct' else '–'
        cells = [rounds([row[key] for row in rows]) for key in ('cpu', 'p50', 'p99')]
        rate, foreign = (rounds([row[key] for row in rows]) for key in ('rate', 'foreign'))
        print(f'| {target} | {" | ".join(cells)} | {extra} | {rate} | {sum(row["errors"] for row in rows)} | {foreign} |')


def idle_table(rows):
    print('\nidle streams\n\n| target | kind | open | KiB each | MiB before, with, after | CPU while idle | errors |')
    print('|---|---|---|---|---|---|---|')
    for row in rows:
        memory = f'{row["before"]}, {row["opened"]}, {row["after"]}'
        print(f'| {row["target"]} | {row["part"][5:]} | {row["open"]} | {row["kib"]} | {memory} | {row["idle_cpu"]:.1%} | {row["errors"]} |')


def main():
    rows = [json.loads(line) for line in FILE.open()]
    parts = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in rows:
        if row['part'] in TITLES:
            parts[row['part']][row['target']].append(row)
    for part in parts:
        table(part, parts[part])
    idle = [row for row in rows if row['part'].startswith('idle ')]
    if idle:
        idle_table(idle)
    for row in rows:
        if row['part'] == 'failed':
            print(f'\nfailed: {row["target"]}: {row["error"]}')


if __name__ == '__main__':
    main()
