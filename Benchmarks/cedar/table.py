#!/usr/bin/env python3
"""Medians of the rounds of both engines, and their ratio."""
import collections, json, statistics, sys

COLUMNS = ('parse_ms', 'validate_ms', 'p50_us', 'p99_us')
rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    assert row['valid'], row
    rows[row['policies'], row['engine']].append(row)
print('| policies | engine |', ' | '.join(COLUMNS), '| allowed |')
print('|---|---|' + '---|' * (len(COLUMNS) + 1))
for (policies, engine), all in sorted(rows.items()):
    cells = [f'{statistics.median(row[c] for row in all):.3f}' if all[0][c] is not None else '–' for c in COLUMNS]
    print(f'| {policies} | {engine} |', ' | '.join(cells),
          f"| {all[0]['allowed']:.3f} |")
