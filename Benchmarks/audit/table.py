"""Medians of what `run` wrote, ours beside the C program's."""
import collections
import json
import re
import statistics
import sys

FOREIGN = re.compile(r"seg:prezero\+tree(\+sign)? +writers=(\d+) .*? (\d+) appends/s .*p50=([\d.]+) .*p99=([\d.]+)")
rows, readings, records = collections.defaultdict(list), collections.defaultdict(list), 0
lags = []
for line in open(sys.argv[1]):
    if found := FOREIGN.search(line):
        signed, writers, rate, p50, p99 = found.groups()
        rows[int(writers), "C, signed" if signed else "C"].append((int(rate), float(p50), float(p99), 0.0))
    elif line.startswith("{"):
        row = json.loads(line)
        if row["what"] == "ours":
            rows[row["writers"], "ours"].append((row["leaves_s"], row["p50_ms"], row["p99_ms"], row["cpu_us"]))
        elif row["what"] == "index":
            lags.append(row)
        else:
            records = row.get("records", records)
            readings[row["what"]].append(row["seconds"])

print("| writers | | leaves/s | p50 ms | p99 ms | CPU us a leaf | of C, signed |\n|---|---|---|---|---|---|---|")
for writers, who in sorted(rows):
    rate, p50, p99, cpu = (statistics.median(column) for column in zip(*rows[writers, who]))
    signed = statistics.median(row[0] for row in rows[writers, "C, signed"])
    share = f"{rate / signed:.2f}" if who == "ours" else ""
    print(f"| {writers} | {who} | {rate:,.0f} | {p50:.3f} | {p99:.3f} | {cpu:.1f} | {share} |".replace("| 0.0 |", "| |"))
print("\n| records/s | index behind, p50 s | p99 s |\n|---|---|---|")
for row in lags:
    print(f"| {row['records_s']} | {row['p50_s']:.2f} | {row['p99_s']:.2f} |")
print("\n| reading | seconds | records/s |\n|---|---|---|")
for what, seconds in readings.items():
    middle = statistics.median(seconds)
    print(f"| {what} | {middle:.2f} | {records / middle:,.0f} |")
