#!/usr/bin/env python3
"""Writes golden/bad_input.jsonl: input that is broken, huge or odd, and what Kafka Connect's own classes make of it.

usage: bad_input_cases.py

Needs Java and Maven (oracle/run). Big values are described, so that the file stays small: a text member
{"repeat":[[text,times],...]} stands for those texts one after the other; bad_input_test.cpp makes them again. Results
longer than 300 bytes are kept as their length and SHA-256.
"""
import base64
import hashlib
import json
import os
import subprocess

here = os.path.dirname(os.path.abspath(__file__))
LESS = {'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false'}
SCHEMA = '{"schema":{"type":"struct","fields":[{"field":"a","type":"string","optional":true},{"field":"n","type":"int64","optional":true}]},"payload":'
TRUNCATED = '{"a":[1,2.5,"x\\u00e9\\n",{"b":null,"c":true}],"d":"\u00e9"}'


def cases():
    for name, config in (('plain', LESS), ('envelope', {}), ('string', {'value.converter': 'org.apache.kafka.connect.storage.StringConverter'}),
                         ('bytes', {'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter'}),
                         ('flatten', dict(LESS, **{'transforms': 'f', 'transforms.f.type': 'org.apache.kafka.connect.transforms.Flatten$Value'})),
                         ('mask', dict(LESS, **{'transforms': 'm', 'transforms.m.type': 'org.apache.kafka.connect.transforms.MaskField$Value', 'transforms.m.fields': 'a,d'}))):
        values = [TRUNCATED[:i] for i in range(0, len(TRUNCATED) + 1, 3)]
        values += [SCHEMA[:i] for i in (10, 40, 80, len(SCHEMA))] + [SCHEMA + '{"a":"x","n":1}', SCHEMA + '{"a":"x","n":1}}', SCHEMA + '{"a":1,"n":"x"}}', SCHEMA + 'null}']
        values += [[['[', n], [']', n]] for n in (999, 1000, 1001, 100000)] + [[['{"a":', n], ['1', 1], ['}', n]] for n in (1000, 1001, 100000)]
        values += [[['[', 100000]], [['{"a":', 100000]], [['"a', 100000], ['"', 1]]]
        values += [[['9', n]] for n in (19, 20, 100, 1000, 1001)] + [[['{"n":0.', 1], ['1', 400], ['}', 1]], '{"n":1e400,"m":-1e400}', '{"n":1e-400}', '{"n":9223372036854775808}', '1e2147483648', '-', '{"n":01}', '{"n":-0}']
        values += [{'base64': b} for b in (b'\xff', b'{"a":"\xff"}', b'{"a":"\xc0\x80"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xe2\x82"}', b'{"\xff":1}', b'\xef\xbb\xbf{"a":1}', b'\xef\xbb\xbf', b'\xff\xfe{\x00}\x00', b'\x00{\x00}', b'{"a":"\x00"}', b'\x00', b'\xf0\x9f\x98')]
        values += ['{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"a":"\\ud83d\\ude00"}', '{"\\ud800":1}', '{"a":1,"a":2}', '{"a":{"b":1,"b":2},"a":[1]}', '', ' ', '\n', 'null', '""', '{}', '[]', '\ufeff', '{"a":"\\u0000"}', '{"":1}']
        values += [[['"', 1], ['x', 10000000], ['"', 1]], [['{"a":"', 1], ['\u00e9', 5000000], ['"}', 1]], [['{"a":[', 1], ['1234567890,', 900000], ['1]}', 1]], [['{"', 1], ['n', 50001], ['":1}', 1]]]
        for i, v in enumerate(values):
            yield '%s-%d' % (name, i), config, dict(topic='t', value=v)
    yield 'headers', LESS, dict(topic='t', value='1', headers=[['h%d' % i, 'v%d' % i] for i in range(1000)])
    for text in ('', ' ', '[', '{', '[' * 500, '{"a":' * 300, '"', '\\', '1' * 2000, '1e999999999', '[1,', '\u0000', '\ufeff1', '{"a":1', '[[[[]]]]'):
        yield 'header', LESS, dict(topic='t', value='1', headers=[['h', text]])


def whole(v):
    return ''.join(t * n for t, n in v) if isinstance(v, list) else v


def spelled(record):
    v = record['value']
    out = dict(record)
    if isinstance(v, dict):
        del out['value']
        out['value_base64'] = base64.b64encode(v['base64']).decode()
    else:
        out['value'] = whole(v)
    return out


def short(result):
    for name in ('value', 'value_base64'):
        v = result.get(name)
        if isinstance(v, str) and len(v) > 300:
            del result[name]
            result[name + '_sha256'] = hashlib.sha256(v.encode('utf-8', 'surrogatepass')).hexdigest()
    return {k: result[k] for k in result if k != 'message'}


def main():
    all_cases = list(cases())
    text = ''.join(json.dumps(dict(config=c, records=[spelled(r)])) + '\n' for _, c, r in all_cases)
    out = subprocess.run([here + '/oracle/run'], input=text, text=True, capture_output=True, check=True).stdout
    with open(here + '/golden/bad_input.jsonl', 'w') as f:
        for (name, config, record), line in zip(all_cases, filter(None, out.split('\n'))):
            v = record['value']
            record = dict(record, value={'repeat': v} if isinstance(v, list) else {'base64': base64.b64encode(v['base64']).decode()} if isinstance(v, dict) else v)
            f.write(json.dumps(dict(name=name, config=config, record=record, want=short(json.loads(line)['want'][0])), separators=(',', ':')) + '\n')


if __name__ == '__main__':
    main()
