#!/usr/bin/env python3
"""Converters and transforms in records per CPU second, Weir beside Kafka Connect's own classes, as a Markdown table.

usage: run.py BENCH [--seconds N] [--confluent CLASSPATH] [--only PATTERN]      BENCH: build/release/tests/bench/transforms_bench

Needs a JDK and Maven: the jars are those of tests/conformance/oracle (build/oracle). The converters with a schema registry are
measured when --confluent says where Confluent's classes are (kafka-connect-avro-converter, -protobuf-converter,
-json-schema-converter and what they need): they are in no public repository of jars, but their source is public.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
top = os.path.normpath(here + '/../../..')


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('bench')
    a.add_argument('--seconds', type=float, default=2)
    a.add_argument('--confluent', default='')
    a.add_argument('--only', default='', help='a regular expression: the cases whose names have a match')
    o = a.parse_args()
    home = os.environ.get('WEIR_ORACLE_HOME', top + '/build/oracle')
    if not os.path.isdir(home + '/libs'):
        subprocess.run([top + '/tests/conformance/oracle/run'], stdin=subprocess.DEVNULL, check=True)
    with open(here + '/cases.json') as f:
        cases = json.load(f)
    cases['cases'] = [c for c in cases['cases'] if (o.confluent or not c['kind'].startswith('registry')) and re.search(o.only, c['name'])]
    with tempfile.TemporaryDirectory() as classes:
        chosen = classes + '/cases.json'
        with open(chosen, 'w') as f:
            json.dump(cases, f)
        subprocess.run(['javac', '-nowarn', '-Xlint:none', '-cp', home + '/libs/*', '-d', classes, here + '/TransformsBench.java'], check=True, stderr=subprocess.DEVNULL)
        ms = int(o.seconds * 1000)
        java = subprocess.run(['java', '-XX:+UseSerialGC', '-Xmx1g', '-Duser.timezone=UTC', '-Dwarm.ms=%d' % (ms * 3 // 2), '-Drun.ms=%d' % ms, '-cp', ':'.join([classes, home + '/libs/*', o.confluent]), 'TransformsBench', chosen],
                              text=True, capture_output=True)
        p = subprocess.run([o.bench, '--benchmark_format=json', '--benchmark_min_time=%g' % min(o.seconds, 1)], env=dict(os.environ, WEIR_BENCH_CASES=chosen), text=True, capture_output=True, check=True)
    theirs = dict((line.rsplit('\t', 1)[0], float(line.rsplit('\t', 1)[1])) for line in java.stdout.splitlines())
    ours = {b['name']: b['items_per_second'] for b in json.loads(p.stdout)['benchmarks']}
    print('| what | Kafka Connect | Weir | times |\n| --- | ---: | ---: | ---: |')
    slow = 0
    for name, rate in ours.items():
        other = theirs.get(name)
        slow += other is None or rate < other
        title, kind = name.split('\t')
        print('| %s%s | %s | %s | %s |' % (title, '' if kind in ('transform', 'path') else ', ' + kind.split(' ')[-1], '{:,.0f}k'.format((other or 0) / 1e3), '{:,.0f}k'.format(rate / 1e3), '%.1f' % (rate / other) if other else '?'))
    return 1 if slow else 0


if __name__ == '__main__':
    sys.exit(main())
