#!/usr/bin/env python3
"""Compares Weir with Apache Kafka Connect's own classes on generated cases (generate.py), case by case.

usage: compare.py DRIVER [--seed N] [--count N] [--cases FILE] [--show N] [--messages] [AREA...]

DRIVER is build/release/tests/conformance/conformance_driver. Needs Java and Maven (oracle/run). Results are compared
as a consumer sees them: JSON by value, text as text; of errors the stage. --messages also lists error texts that do
not contain Kafka Connect's. Differences that docs/compatibility.md allows are in `allowed`, with the reason.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter

sys.setrecursionlimit(10000)
here = os.path.dirname(os.path.abspath(__file__))


def unique(pairs):
    return sorted(dict(pairs).items())


def norm(text):
    if not isinstance(text, str):
        return text
    try:
        value = json.loads(text, object_pairs_hook=unique, parse_int=lambda s: ['int', s], parse_float=lambda s: ['real', float(s)])
        return ['json', value] if text[:200] != '[' * 200 else ['text', text]
    except (ValueError, RecursionError):
        return ['text', text]


def side(line, name):
    return ('base64', line[name + '_base64']) if name + '_base64' in line else norm(line.get(name))


def summary(line):
    """What of an outcome has to be equal."""
    if not isinstance(line, dict):
        return line
    if 'error' in line or 'dropped' in line:
        return {k: line[k] for k in ('error', 'dropped') if k in line}
    return dict(topic=line.get('topic'), partition=line.get('partition'), timestamp=line.get('timestamp'), key=side(line, 'key'), value=side(line, 'value'),
                headers=[[h[0], norm(h[1])] for h in line.get('headers', [])])


def words(message):
    """The innermost texts of a chain of Java exceptions."""
    return [m.split(': ', 1)[-1] for m in message.split(' <- ')]


def allowed(case, want, got):
    """Why a difference is meant (docs/compatibility.md, transforms/connect/README.md); None: it is not."""
    message = want.get('message', '') if isinstance(want, dict) else ''
    if 'StackOverflowError' in message or 'OutOfMemoryError' in message:
        return 'Java ran out of memory'
    formats = ''.join(v for k, v in case['config'].items() if k.endswith('.format') and isinstance(v, str))
    if set('zZX') & set(formats):
        return 'a time zone that was read stays on in Java, for the same record or for all later ones'
    if 'Y' in formats:
        return 'week years before the change to the Gregorian calendar'
    if any('Flatten' in str(v) for v in case['config'].values()) and any(k.endswith('.renames') for k in case['config']):
        return 'the order of maps that were flattened decides between fields renamed alike'
    return None


def run(command, cases):
    p = subprocess.run(command, input=cases, text=True, capture_output=True)
    if p.returncode != 0:
        sys.exit('%s ended with %d\n%s' % (command, p.returncode, p.stderr[-2000:]))
    return [json.loads(line) for line in p.stdout.split('\n') if line]


def narrowed(want, got):
    """Only what differs, to be read by people."""
    if not isinstance(want, dict) or not isinstance(got, dict) or set(want) & {'error', 'dropped'} or set(got) & {'error', 'dropped'}:
        return want, got
    names = [n for n in {**want, **got} if n != 'headers' and (n not in want or n not in got or norm(want[n]) != norm(got[n]))]
    if 'headers' in want and [[h[0], norm(h[1])] for h in want['headers']] != [[h[0], norm(h[1])] for h in got.get('headers', [])]:
        names.append('headers')
    return {n: want.get(n) for n in names}, {n: got.get(n) for n in names}


def first_difference(a, b, path=''):
    """Where two JSON texts part, in a few words."""
    if type(a) == type(b) and isinstance(a, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return first_difference(x, y, '%s/%s' % (path, x[0] if isinstance(x, tuple) and isinstance(y, tuple) and x[0] == y[0] else i))
    if type(a) == type(b) and isinstance(a, tuple) and len(a) == len(b) == 2 and a[0] == b[0]:
        return first_difference(a[1], b[1], path)
    return path, json.dumps(a, ensure_ascii=False)[:300], json.dumps(b, ensure_ascii=False)[:300]


def differences(case, want, got):
    """(what, input, wanted, got) for each result that differs; None for each that agrees."""
    if 'want' not in want:
        refused = want.get('refused') or [['', want.get('refused_late')]]
        if 'refused' not in got:
            yield 'accepted', None, want, got['got'][:1]
        else:
            texts = [m for _, m in refused]
            # Kafka Connect's validators leave out the alias that Weir names.
            printed = re.sub(r' for configuration (transforms|predicates)\.[^.:]*\.', ' for configuration ', got['refused'])
            printed = re.sub(r' for configuration (key|value|header)\.converter\.', ' for configuration ', printed)
            yield None if all(w in printed or w in got['refused'] for t in texts for w in words(t)[-1:]) else ('message', None, refused, got['refused'])
        return
    if 'refused' in got:
        yield 'refused', None, want['want'][:1], got['refused']
        return
    for i, w in enumerate(want['want']):
        g = got['got'][i] if i < len(got['got']) else None
        record = case['records'][i]
        if summary(w) != summary(g):
            yield (None if allowed(case, w, g) else ('result', record, w, g))
        elif 'error' in w and not any(t in g['message'] for t in words(w['message'])):
            yield 'message', record, w, g
        else:
            yield None


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('driver')
    a.add_argument('--seed', default='1')
    a.add_argument('--count', default='1000')
    a.add_argument('--cases')
    a.add_argument('--show', type=int, default=20)
    a.add_argument('--width', type=int, default=300)
    a.add_argument('--messages', action='store_true')
    a.add_argument('areas', nargs='*')
    o = a.parse_intermixed_args()
    cases = open(o.cases).read() if o.cases else subprocess.run(
        [sys.executable, here + '/generate.py', '--seed', o.seed, '--count', o.count, *o.areas], text=True, capture_output=True, check=True).stdout
    want = run([here + '/oracle/run'], cases)
    got = run([o.driver], cases)
    score, shown = Counter(), Counter()
    for case, w, g in zip(map(json.loads, filter(None, cases.split('\n'))), want, got):
        for d in differences(case, w, g):
            if d is None:
                score['agree'] += 1
                continue
            what, record, wanted, have = d
            score[what] += 1
            if (what == 'message') != o.messages or shown[what] >= o.show:
                continue
            shown[what] += 1
            wanted, have = narrowed(wanted, have)
            if record and isinstance(wanted, dict) and isinstance(have, dict):
                record = {n: v for n, v in record.items() if n in ('topic', 'timestamp') or n in wanted or not set(wanted) & {'key', 'value', 'headers'} or set(have) & {'error'} or case['config'].get('transforms')}
            if isinstance(wanted, dict) and isinstance(have, dict) and set(wanted) == set(have) and 'error' not in wanted and len(json.dumps(wanted)) > 400:
                wanted, have = first_difference(norm(json.dumps({k: norm(v) for k, v in wanted.items()})), norm(json.dumps({k: norm(v) for k, v in have.items()})))[1:]
            config = {k: v for k, v in case['config'].items() if not k.endswith('schemas.enable') or v == 'false'}
            print('%s %s\n  config %s\n  in   %s\n  want %s\n  got  %s' % (what, case['id'], json.dumps(config, ensure_ascii=False), json.dumps(record, ensure_ascii=False)[:o.width], json.dumps(wanted, ensure_ascii=False)[:700], json.dumps(have, ensure_ascii=False)[:700]))
    print(dict(score))
    return 1 if set(score) - {'agree', 'message'} else 0


if __name__ == '__main__':
    sys.exit(main())
