#!/usr/bin/env python3
"""Writes golden/*.jsonl: what Apache Kafka Connect's own classes make of generated cases, for golden_test.cpp.

usage: golden.py DRIVER [--seed N] [--bytes N]

DRIVER is build/release/tests/conformance/conformance_driver. Needs Java and Maven (oracle/run). One file an area of
generate.py of about --bytes, and one of found_cases.py. Fails, and writes nothing, when Weir differs in a way that compare.py does not allow;
cases with an allowed difference are left out.
"""
import argparse
import json
import os
import subprocess
import sys

import compare
import found_cases
import generate

here = os.path.dirname(os.path.abspath(__file__))


def short(want):
    """Of an error the stage, and the innermost words unless they are Java's own."""
    return {k: want[k] for k in ('error', 'dropped') if k in want} if set(want) & {'error', 'dropped'} else want


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('driver')
    a.add_argument('--seed', type=int, default=2026)
    a.add_argument('--bytes', type=int, default=270000)
    o = a.parse_args()
    files, problems = {}, 0
    for area in generate.AREAS + ['found']:
        cases = found_cases.text() if area == 'found' else subprocess.run([sys.executable, here + '/generate.py', '--seed', str(o.seed), '--count', '400', area], text=True, capture_output=True, check=True).stdout
        want, got = compare.run([here + '/oracle/run'], cases), compare.run([o.driver], cases)
        lines, size = [], 0
        for case, w, g in zip(map(json.loads, filter(None, cases.split('\n'))), want, got):
            bad = [d for d in compare.differences(case, w, g) if d is not None and d[0] != 'message']
            for what, record, wanted, have in bad:
                problems += 1
                print('%s %s\n  in   %s\n  want %s\n  got  %s' % (what, case['id'], json.dumps(record)[:300], json.dumps(wanted)[:300], json.dumps(have)[:300]))
            item = {'config': case['config']}
            if 'want' in w:
                keep = [i for i, (x, y) in enumerate(zip(w['want'], g.get('got', []))) if compare.summary(x) == compare.summary(y)]
                item['records'] = [case['records'][i] for i in keep]
                item['want'] = [short(w['want'][i]) for i in keep]
            else:
                item['refused'] = w.get('refused') or [['', w['refused_late'].split(': ', 1)[-1]]]
            line = json.dumps(item, separators=(',', ':'))
            if size + len(line) > o.bytes:
                break
            lines.append(line)
            size += len(line)
        files[area] = lines
        print('%s: %d cases, %d bytes' % (area, len(lines), size))
    if problems:
        return 1
    for area, lines in files.items():
        with open('%s/golden/%s.jsonl' % (here, area), 'w') as f:
            f.write('\n'.join(lines) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
