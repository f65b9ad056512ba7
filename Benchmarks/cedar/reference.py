#!/usr/bin/env python3
"""The same as Driver/CedarBenchmark.swift with cedarpy; the engine's own microseconds are those it states itself."""
import json, pathlib, statistics, sys, time

import cedarpy


def median_ms(work, times=3):
    taken = []
    for _ in range(times):
        start = time.perf_counter_ns()
        work()
        taken.append(time.perf_counter_ns() - start)
    return round(statistics.median(taken) / 1e6, 3)


def main(folder, name, rounds):
    text, schema_text = (folder / name).read_text(), (folder / 'schema.cedarschema').read_text()
    schema = cedarpy.Schema.from_str(schema_text)
    entities = cedarpy.Entities.from_json_str((folder / 'entities.json').read_text(), schema)
    requests = json.loads((folder / 'requests.json').read_text())
    parse = median_ms(lambda: cedarpy.PolicySet.from_str(text))
    # It takes half a minute for 1,000 policies, and grows with them.
    both = median_ms(lambda: cedarpy.validate_policies(text, schema), 1) if text.count('@id(') <= 100 else None
    policies = cedarpy.PolicySet.from_str(text)
    engine, whole, allowed = [], [], 0
    for number in range(rounds):
        start = time.perf_counter_ns()
        answer = cedarpy.is_authorized(requests[number % len(requests)], policies, entities, schema)
        whole.append((time.perf_counter_ns() - start) / 1000)
        engine.append(answer.metrics['authz_duration_micros'])
        allowed += answer.allowed
    engine.sort()
    whole.sort()
    print(json.dumps(dict(
        engine='cedarpy', policies=text.count('@id('), valid=True,
        parse_ms=parse, validate_ms=both and round(both - parse, 3), p50_us=engine[rounds // 2], p99_us=engine[rounds * 99 // 100],
        call_p50_us=round(whole[rounds // 2], 1), call_p99_us=round(whole[rounds * 99 // 100], 1), allowed=allowed / rounds)))


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
