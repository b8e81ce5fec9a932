#!/usr/bin/env python3
"""Writes cases for oracle/run and conformance_driver: {"id","config","records"} a line, from a seed.

usage: generate.py [--seed N] [--count N] [AREA...]     (default: every area)

Records are those of `weir transform`. A case is drawn from an area: chain, config, converter, date, field, header,
json, regex, schema, text.
"""
import argparse
import base64
import json
import random
import struct

CONNECT = 'org.apache.kafka.connect.'
DECIMAL, DATE, TIME, TIMESTAMP = (CONNECT + 'data.' + n for n in ('Decimal', 'Date', 'Time', 'Timestamp'))


def js(x):
    return json.dumps(x, separators=(',', ':'), ensure_ascii=False)


class Raw(str):
    """JSON text that goes into a document as it is."""


def doc(x):
    """js() with Raw inside."""
    if isinstance(x, Raw):
        return str(x)
    if isinstance(x, dict):
        return '{' + ','.join(js(str(k)) + ':' + doc(v) for k, v in x.items()) + '}'
    if isinstance(x, Pairs):
        return '{' + ','.join(js(k) + ':' + doc(v) for k, v in x) + '}'
    if isinstance(x, (list, tuple)):
        return '[' + ','.join(map(doc, x)) + ']'
    return js(x)


class Pairs(list):
    """An object whose names may repeat."""


NAMES = ['a', 'b', 'c', 'id', 'ts', 'name', 'a.b', 'x', 'nested', 'list', 'map', 'é', '', '😀', 'a`b', 'ID', 'a b', 'n:m']
TEXTS = ['', ' ', 'abc', 'K1001', 'naïve ☕', '"q"\\', 'x' * 40, '😀', '\t\n', '\u0001\u001f', '\u2028/', '123', '-7', '+5', '007', '1.5', ' 12 ',
         '1e3', 'NaN', 'Infinity', '-Infinity', 'true', 'TRUE', 'false', 'null', '2024-02-29', '2024-02-29T23:59:59.123Z', '12:34:56.789Z',
         '9223372036854775807', '9223372036854775808', '1e400', '0x10', '1_000', '１２', '\ufeffbom', 'AQID', 'AQI=', '0.1f', '1d', '.5', '5.', '1.e2',
         '-0', '-0.0', '0.0', '1.00', '00012', '3000000000', '128', '-129', '1e-7', '1E+2', 'a,b', '[1,2]', '{"a":1}', '2020-13-45', '\u0000', '\x7f\x80']
NUMBERS = ['0', '-0', '1', '-1', '7', '127', '128', '-128', '-129', '255', '256', '32767', '32768', '-32769', '65536', '2147483647', '2147483648',
           '-2147483649', '3000000000', '9007199254740993', '9223372036854775807', '-9223372036854775808', '9223372036854775808',
           '-9223372036854775809', '18446744073709551615', '123456789012345678901234567890', '1' * 100, '007', '-007', '00', '0.0', '-0.0', '1.0',
           '1.50', '12.5', '-4.25', '0.1', '0.5', '1e3', '1E5', '1e+5', '1e-7', '1e10', '1e400', '-1e400', '1e-400', '4.9e-324', '2.5e-324',
           '1.7976931348623157e308', '3.4028235e38', '3.5e38', '1e39', '0.001', '9.999E-4', '9999999.0', '10000000.0', '123456.789012345678',
           '0.30000000000000004', '100.0', '1700000000000', '1709251199999', '-1', '86399999', '86400000', '-86400001', '253402300800000', '19000',
           '1e0', '0e5', '0.00', '1.10e2', '2.2250738585072014E-308', '33554433', '16777217', '1.17549435e-38', '5e-45', '0.1e1']
BROKEN = ['', ' ', '{', '[1,2', 'nul', '{"a":1}x', '{"a":1} {"b":2}', '"s', '"s"', '12', '1.0', '-', '+1', '.5', '5.', '1e', '01', '0x1', 'NaN', 'Infinity',
          'true', 'truex', 'tru', 'null', 'nullx', '[1,"a",null]', '[1,]', '[,1]', '{"a":1,}', '{a:1}', "{'a':1}", '{"a" 1}', '{"a":}', '{"a"', '/*c*/1',
          '//c\n1', '\ufeff{"a":1}', '\ufeff', '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\ud800"}', '{"a":"\\ud83d\\ude00"}', '{"a":"\t"}', '{"a":"\u0000"}',
          '\u0000', '[' * 1000 + ']' * 1000, '[' * 1001 + ']' * 1001, '{"a":' * 500 + '1' + '}' * 500, '1' * 1000, '1' * 1001, '0.' + '1' * 1000,
          '{"schema":null,"payload":null}', '{"schema":{"type":"int32"},"payload":"x"}', '{"schema":{"type":"nope"},"payload":1}', '{"payload":1}',
          '{"schema":null}', '{"payload":1,"schema":null}', '{"schema":null,"payload":1,"x":2}', '{"a":1,"a":2}', '{"schema":null,"schema":null,"payload":1}',
          '{"schema":{"type":"string","optional":true},"payload":null}', '{"schema":{},"payload":1}', '{"schema":5,"payload":1}', '{"schema":"int32","payload":1}',
          '{"schema":[],"payload":1}', '{"schema":{"type":5},"payload":1}', '{"schema":{"type":"struct","fields":[{"field":"a","type":"int32"}]},"payload":{}}',
          '\r\n{"a":\n1}\n', '{"a":1}\u0000', '{"a":1}]', 'null null', '\x0c1', '\xa01', 'True', '"\\u0041\\/\\b"', '{"":""}', '[[],{},[[]]]', '1 2', '- 1', '1.5e+',
          '1E400', '-1E-400', '{"a":1e400,"b":-1e400}', '{"x":' + '9' * 400 + '}', '{"x":0.' + '3' * 300 + '}']
RAW_BYTES = [b'\xff', b'\xc3\x28', b'\xed\xa0\x80', b'"\xed\xa0\x80"', b'"\xff"', b'{"a":"\xc3"}', b'\xef\xbb\xbf{"a":1}', b'\xef\xbb\xbf', b'\xfe\xff\x00{', b'{\x00}\x00',
             b'\xff\xfe{\x00}\x00', b'\x00{\x00}', b'\x00\x00\x00{', b'"\xf5\x80\x80\x80"', b'"\xc0\x80"', b'\x00', b'\x01', b'\x02', b'\x00\x01', b'\x80\x00', b'\x7f\xff\xff\xff',
             b'\x80\x00\x00\x00', b'\x00\x00\x00\x00\x00\x00\x00\x01', b'\xff' * 8, b'\x7f\xc0\x00\x00', b'\x7f\x80\x00\x00', b'\x7f\xf0\x00\x00\x00\x00\x00\x00', b'\x3f\x80\x00\x00',
             b'\x00\x01\x02', b'caf\xe9', b'\xe2\x98', b'\xf0\x9f\x98', b'a\xffb\xfe', b'\xe4\xf6\xfc', b'{"a":"\xf0\x9f\x98\x80"}', b'{"\xe9":1}']

PATTERNS = ['yyyy-MM-dd', "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd'T'HH:mm:ssXXX", 'yyyy-MM-dd HH:mm:ss', 'yyyyMMdd', 'yyyyMMddHHmmss', 'dd/MM/yy',
            'd MMM yyyy', 'EEE, d MMM yyyy HH:mm:ss Z', 'EEEE MMMM d', 'h:mm a', 'K:mm a', 'kk:mm', "hh 'o''clock' a, zzzz", 'yyyy.MM.dd G', 'YYYY-ww-u', 'yyyy-DDD', 'W F', 'yy', 'y',
            'yyy', 'yyyyy', 'M', 'MMMMM', 'L', 'LLL', 'S', 'SS', 'SSS', 'SSSSSS', 'ss', 'z', 'zzzz', 'Z', 'X', 'XX', 'XXX', 'XXXX', 'u', 'uuu', 'E', 'EEEEEE', 'a', 'aaa', 'H', 'HHmm',
            "''", "'abc'", "'abc", "yyyy''MM", 'b', 'yyyy-MM-dd B', 'q', 'I', 'D', 'DD', 'w', 'ww', 'W', 'F', 'G', 'GGGG', 'kkk', 'yyyy MM dd W E', 'YYYY', 'YY', 'Y', '', ' ', '-', 'ä', "MM'é'dd",
            'dd.MM.yyyy HH:mm', 'HH:mm:ss.SSS', 'MM/dd/yyyy hh:mm:ss a', "yyyy-MM-dd'T'HH", 'yyyyMM', 'yyyy/MM/dd/HH', 'mm', 'hhmmss', 'yyyyDDD', 'EEE MMM dd HH:mm:ss zzz yyyy', 'MMddyyyy', 'dMyy', 'd-M-y', 'yyyy-W-E', "yyyy'W'ww", 'MMM-yy',
            'HHmmssSSS', 'dd MMMM yyyy', 'G yyyy', 'yyyyMMddHHmmssSSS', 'MMMd', 'ssS', 'yyMMdd', 'h a', 'k', 'K', 'm:s']
MILLIS = [0, 1, -1, 1700000000123, -1700000000123, 951782400000, 253402300799999, -62135596800000, -62135596800001, -12219292800000, -12219292800001, 86399999, 86400000,
          1709210096789, 4102444800000, 1577934245678, 1709251199999, 1e15, -1e15, 9223372036854775807, -9223372036854775808, 1582934400000, 31535999999, 1230768000000, 60000, 43200000, 46800000]
STAMPS = ['2024-02-29', '2024-02-29T23:59:59.123Z', '2024-02-29T23:59:59Z', '2024-02-29T23:59:59+01:00', '2024-02-29T23:59:59-0830', '2024-2-9', '2024-13-45', '0001-01-01', '20240229', '20240229235959', '29/02/24',
          '9 Feb 2024', '9 feb 2024', 'Thu, 29 Feb 2024 23:59:59 +0100', 'Thursday February 29', '11:59 PM', '0:30 am', '24:00', "12 o'clock PM, Pacific Standard Time", '2024.02.29 AD', '2024.02.29 BC', '2024-09-3',
          '2024-366', '5 5', '24', '99', '-5', '12', 'Feb', 'February', '5', '123', '1234', '12345678', 'PST', 'GMT', 'GMT+3', 'GMT+03:30', 'UTC', 'Z', '+01', '+0100', '+01:00', '-12:30', 'z', 'CET', 'EST',
          'AM', 'pm', '25:61:61.999', ' 2024-02-29', '2024-02-29 ', '2024 -02-29', '2024-02 -29', '٢٠٢٤-٠٢-٢٩', '2024-02-29X', 'x2024-02-29', '', ' ', 'abc', "'", 'o', '1', '0', '00', '2024-02-30', '2023-02-29',
          '1582-10-10', '1500-02-29', '12:34:56.7', '12:34:56.78', '12:34:56.7890', 'Dec-31', '1.5', '1e3', 'Mon Feb 29 00:00:00 UTC 2024', 'Thu Feb 29 10:00:00 PST 2024', '02292024', '2024053', '2024-W09', '2024W09',
          '29.02.2024 10:15', '2/29/2024 10:15:00 AM', '+2024-02-29', '10000-01-01', '99999999999', '2024-02-29T', '10am', '7:5', '\u00a02024-02-29', '2024‑02‑29', 'é', "MM'é'dd", '02é29', 'Jan', 'MAY', 'Sept', 'sep']
REGEXES = ['(.*)-(.*)', '.*', '', 'x', 'sales-(?<n>\\w+)', '(?i)SALES-.*', '[a-z&&[^s]]+.*', '\\w+-\\w+', '[^-]*-(.*)', '(a|b)*c', '^sales.*$', '.+?-(.+)', '\\p{Lower}+.*', '\\p{javaLowerCase}.*', '\\p{IsLatin}+.*', '\\p{L}+.*',
           '\\d+', '\\bsales\\b.*', '(', ')', '[', '*', 'a{2,1}', '(?<n>a)(?<n>b)', '\\Qa.b\\E.*', '(?s).*', '(?x) sales - .* # comment', '\\x73ales.*', '\\u0073ales.*', '(?:sales|other)-?(.*)', '(?=sales)sales-(.*)', '(?<!x)sales.*', '\\h*.*', '\\R?.*',
           '(?>sales)-.*', '.*+', 'sales-\\w++', '[\\w&&[^\\d]]+-?.*', '\\1(a)', '(s)ale\\1.*', '\\k<n>(?<n>s).*', '(?<x1>.)(.*)', '\\p{Alpha}*-\\p{Alnum}*', '\\p{Punct}', '\\cA', '\\0141', '\\e', '[[:alpha:]]', 'a**', '(?u)é.*', 'é-.*', '(?i)É-.*', '(?iu)É-.*', '\\S+', '\\W*', '[^\\W]+.*',
           '\\z', '\\Z', '\\A.*\\z', '\\G.*', '.{3,}', '(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.*)', '(.*)\\.(.*)', '\\p{XX}', '\\q', '(?P<n>.)', '(?<1a>.)', '[a', 'a]', 'a}', '{', 'x{', '\\N{DIGIT ONE}', '\\X*', '(?d).*', '[&&a]', '[a-]+.*', '[]a]', '[^]a]', '\\pL+.*', '\\PL*', '[\\pL\\d._-]+', '(?m)^.*$', '\\v*.*', '(.*?)(-)?', '.*\\bt.*', '.*é\\b.*', '\\B.*', '(?i)[a-z]+-?.*', '(?i)[^a-z]+', '(?iu)[É]-.*', '(?i)\\p{Lower}+.*', '(?U)\\w+-.*', '(?x)s a l e s [ - ] .* ', '(?x:a b) c', '((a)|b)+c?.*', '(a)?\\1b.*', '(?:)*x', '()*', 'x*?x', '(?s:.)*', '(?-i)a.*', '(?i-s)SALES.*', '(?q)a', '(?i', '(?<n', '(?<n>', '(?<>a)', '(?<n!>a)', '\\k<n', '\\kn', '\\x{110000}', '\\x{41', '\\xg', '\\u12', '\\08', '\\0', '\\c', '\\', 'a\\', '[\\', '[a-', '[z-a]', '[a-\\d]', '[\\d-z]+', '[a&&]', '[a&&&&a]', '[&]', '[&&&&]', '[a-z&&[def]&&[d]]+.*', '[^a&&b]+', '[[a-c][x-z]]+.*', '[a-c[x-z]]+', 'a{', 'a{1', 'a{1,', 'a{1,2', 'a{,2}', 'a{2}.*', 'a{1,3}?b.*', 'a{0}.*', 'a{99999999999}', '{1}', '(?=a', '(?<=a{1,3})b.*', '(?<=s|sa).*', '\\p', '\\p{', '\\p{}', '\\p{Foo}', '\\p{IsFoo}', '\\p{InFoo}', '\\p{InGreek}*.*', '\\p{IsGreek}*.*', '\\p{script=Latin}+.*', '\\p{sc=Foo}', '\\p{gc=Lu}.*', '\\p{foo=Lu}', '\\p{IsAlphabetic}+.*', '\\p{Is_L}', '\\p{LC}+.*', '\\p{javaWhitespace}', '\\p{Blank}', '\\Qa', '\\Q\\E', '\\E', '\\Q*\\E?.*', '$', '^', '^$', '$a', 'a^', '.*$', '(?m)a$\\nb', 'a\\Rb', 'a.b', '(?s)a.b', '(?d)a.b', 'a\\sb', '\\N', '\\N{', '\\N{FOO}', 'a|', '|a', '(|a)b.*', '(a|b|)c?.*', '(?>a|ab)c.*', 'a?+a.*', '[^\\S]', '[\\W]+', '\\11(a)', '(a)\\12', '(s)(a)(l)(e)(s)\\5?.*']
REPLACEMENTS = ['$2.$1', 'x', '$0', '$1', '$10', '$11', '${n}', '${x1}', '${nope}', '$', '\\', '\\$1', '\\\\', '$a', '${', '${}', '$3', 'a-$1-b', '', ' ', '${1}', '$1$1', '\\n', 'é$1', '$01', '$1\\', '${n', '$12', 'dlq.$0']
TOPICS = ['sales-store', 'sales-online', 'other', 'a.b', 't', 'é-topic', 'É-topic', 'Sales-X', 'aab', 'abc', 'x', 'sales_1', 'sales-store-au', '123', 'a\nb', 'sales-', '-']

HEADER_TEXTS = TEXTS + NUMBERS + STAMPS + ['[1,2,3]', '[1,"a"]', '["a","b"]', '[1, 2.5]', '[1,300]', '[]', '[ ]', '{}', '{"a":1}', '{"a":1,"b":"x"}', '{1:2}', '{"a":[1,2]}', '[[1],[2]]', '[{"a":1}]', '[true,false]', '[true,1]', '[null]', '[null,1]',
                                           '{"a":null}', '[2024-02-29]', '["2024-02-29"]', '{"d":"2024-02-29T01:02:03.004Z"}', '[1,', '[1', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,}', '[1,]', '[,1]', '"abc"', '"a\\"b"', '"', '\\', '\\"', '[abc]', '{a:b}', '["a", "b", 1e400]',
                                           '{"a":1}{"b":2}', '[1][2]', '[1]x', 'x[1]', ' [1] ', ' {"a" : 1 } ', '[1 2]', '[1;2]', '{"a":1;"b":2}', '{"a",1}', '["\\u0041"]', "['a']", '[128,32768]', '[1,2147483648]', '[9223372036854775808]', '[0.1,1e40]', '{"a":{"b":{"c":[1]}}}', '[[[[]]]]',
                                           '{true:1}', '{null:1}', '{[1]:2}', '{1.5:"x"}', '{"a":1,"a":2}', '{"":""}', '[""]', 'a:b', ':', ',', ']', '}', '[]]', '{}}', '[-1]', '[+1]', '[007]', '[0x1]', '[NaN]', '[true ]', '[ true]', 'true ', ' true', 'null ', ' null', '12:34:56.789Z', '25:34:56.789Z', '[12:34:56.789Z]', '["12:34:56.789Z"]',
                                           '1,2', '1 2', '--1', '1-', '1e', 'e1', '1e1000000000', '1e-1000000000', '1e2147483648', '0e0', '0E+5', '1E2', '12e-1', '100e-2', '340282350000000000000000000000000000000', '3.4028236e38', '1.7976931348623159e308', '4.9e-325', '1e-46', '0.1' * 1, '0.10', '1.10', '99.99', '1.0000000001', '123456789.123', '16777217', '16777217.5',
                                           'tru\\e', 'nul\\l', '[tru]', '[truefalse]', '[1,\n2]', '\n1', '1\n', '\ufeff1', '1\u00a0', '\u20031', '"2024-02-29"', '{"k":"v",\t"l":"w"}', '[1,[2,"x"],{"a":3}]', '{"a":1,2:"b"}', '[1,2.0]', '[1.0,2.0]', '["1",1]', '[9223372036854775807,1]', '[1,null,3]', '{"a":1,"b":null}', '{"a":true,"b":1}', '[[1],["a"]]', '[[1],[300]]', '[{"a":1},{"a":300}]']


class Generator:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def chance(self, p):
        return self.r.random() < p

    def pick(self, *items):
        return self.r.choice(items if len(items) > 1 else items[0])

    # ---- schemaless values
    def number(self):
        roll = self.r.random()
        if roll < .6:
            return Raw(self.pick(NUMBERS))
        if roll < .8:
            return Raw(str(self.r.randint(-10**self.r.randint(1, 25), 10**self.r.randint(1, 25))))
        if roll < .9:
            return Raw(repr(struct.unpack('>d', struct.pack('>Q', self.r.getrandbits(64) & 0xffefffffffffffff))[0]))
        return Raw('%s%d.%se%d' % (self.pick('', '-'), self.r.randint(0, 10**self.r.randint(1, 18)), str(self.r.randint(0, 10**self.r.randint(1, 18))), self.r.randint(-330, 330)))

    def text(self):
        if self.chance(.8):
            return self.pick(TEXTS)
        return ''.join(chr(self.pick(self.r.randint(32, 126), self.r.randint(0, 0x2ff), self.r.randint(0x800, 0xd7ff), self.r.randint(0x10000, 0x10ffff))) for _ in range(self.r.randint(0, 12)))

    def plain(self, depth=0):
        roll = self.r.random()
        if depth > 3 or roll < .75:
            return self.pick(self.number, self.number, self.text, self.text, lambda: None, lambda: self.chance(.5))()
        if roll < .85:
            return [self.plain(depth + 1) for _ in range(self.r.randint(0, 3))]
        return self.object(depth + 1)

    def object(self, depth=0):
        names = self.r.sample(NAMES, self.r.randint(0, 6))
        pairs = Pairs((n, self.plain(depth)) for n in names)
        if pairs and self.chance(.05):
            pairs.append((pairs[0][0], self.plain(depth)))
        return pairs

    def flat(self):
        return Pairs((n, self.plain(2 if self.chance(.6) else 4)) for n in ['id', 'ts', 'name', 'a', 'b', 'a.b', 'nested'][:self.r.randint(3, 7)])

    # ---- schemas
    def schema(self, depth=0, kinds=None):
        kind = self.pick(kinds or ['int8', 'int16', 'int32', 'int64', 'float', 'double', 'boolean', 'string', 'string', 'bytes', 'decimal', 'date', 'time', 'timestamp'] + ([] if depth > 2 else ['struct', 'array', 'map']))
        s = {}
        if kind == 'decimal':
            s = dict(type='bytes', name=DECIMAL, version=1, parameters={'scale': self.pick('0', '2', '-3', '10')})
            if self.chance(.03):
                s['parameters'] = self.pick({}, {'scale': 'x'}, {'scale': '2', 'connect.decimal.precision': '5'}, {'scale': ''})
        elif kind in ('date', 'time', 'timestamp'):
            s = dict(type='int64' if kind == 'timestamp' else 'int32', name={'date': DATE, 'time': TIME, 'timestamp': TIMESTAMP}[kind], version=1)
        elif kind == 'array':
            s = dict(type='array', items=self.schema(depth + 1))
        elif kind == 'map':
            s = dict(type='map', keys=self.schema(depth + 1, ['string', 'string', 'string', 'int32', 'int64', 'boolean', 'double']), values=self.schema(depth + 1))
        elif kind == 'struct':
            names = self.r.sample([n for n in NAMES if n], self.r.randint(0, 5))
            if depth == 0:
                names = ['id', 'ts', 'name', 'a', 'b', 'a.b', 'nested'][:self.r.randint(2, 7)]
            fields = [dict(self.schema(depth + 1, ['timestamp', 'int64', 'string', 'date', 'time', 'int32'] if n == 'ts' else ['struct', 'struct', 'map', 'string'] if n == 'nested' else None), field=n) for n in names]
            if fields and self.chance(.02):
                fields.append(dict(fields[0]))
            s = dict(type='struct', fields=fields)
        else:
            s = dict(type=kind)
        if self.chance(.4):
            s['optional'] = self.pick(True, True, False, 'true') if self.chance(.1) else True
        if self.chance(.15):
            s['doc'] = self.pick('a doc', '', 5) if self.chance(.2) else 'a doc'
        if self.chance(.15):
            s['version'] = self.pick(1, 2, 99, '3', 1.5) if self.chance(.2) else 3
        if 'name' not in s and self.chance(.1):
            s['name'] = self.pick('my.Name', 'N', 'é', '')
        if 'parameters' not in s and self.chance(.1):
            s['parameters'] = self.pick({'k': 'v'}, {}, {'k': 'v', 'é': '"'}, {'k': 1}) if self.chance(.3) else {'k': 'v', 'l': 'w'}
        if kind != 'struct' and self.chance(.15):
            s['default'] = self.value(s, .0, depth + 1) if self.chance(.9) else self.plain(3)
        return s

    def integer(self, bits):
        edge = [0, 1, -1, 7, 2**(bits - 1) - 1, -2**(bits - 1)]
        return self.pick(edge) if self.chance(.6) else self.r.randint(-2**(bits - 1), 2**(bits - 1) - 1)

    def value(self, s, wrong=.03, depth=0):
        """A payload for a schema; wrong: how often it does not fit."""
        if self.chance(wrong):
            return self.plain(2)
        if self.chance(.12 if s.get('optional') or 'default' in s else .01):
            return None
        kind, name = s.get('type'), s.get('name')
        if name == DECIMAL:
            n = self.pick(0, 1, -1, 5, 12345, -12345, 127, 128, -128, -129, 255, 10**30, -10**30, self.r.randint(-10**9, 10**9))
            if self.chance(.2):
                return Raw(self.pick('1.25', '-0.5', '12', '12.30', '1E+3', '1e-7', '0', '0.00', '123456789012345678901234567890.12'))
            raw = b'' if self.chance(.03) else n.to_bytes((n.bit_length() + 8) // 8 + (1 if self.chance(.1) else 0), 'big', signed=True)
            return base64.b64encode(raw).decode()
        if name == TIME:
            return self.pick(0, 1, 3600000, 86399999, 86400000, 86400001 if self.chance(.3) else 5, -1 if self.chance(.3) else 6)
        if name == DATE:
            return self.pick(0, 1, -1, 19000, 19782, -719162, 2932896, self.r.randint(-10**6, 10**6), 2147483647)
        if name == TIMESTAMP:
            return int(self.pick(MILLIS))
        if kind in ('int8', 'int16', 'int32', 'int64'):
            return self.integer(int(kind[3:])) if self.chance(.95) else Raw(self.pick(NUMBERS))
        if kind in ('float', 'double'):
            return self.number() if self.chance(.9) else self.pick('NaN', 'Infinity', '-Infinity')
        if kind == 'boolean':
            return self.chance(.5)
        if kind == 'string':
            return self.text()
        if kind == 'bytes':
            raw = bytes(self.r.getrandbits(8) for _ in range(self.r.randint(0, 9)))
            return base64.b64encode(raw).decode() if self.chance(.95) else self.pick('A', 'AQ', 'AQI', '!!!!', 'AQI=AQI=', ' AQI=', 'AQI =', 'AQ-_', 'AQID\n')
        if kind == 'array':
            return [self.value(s['items'], wrong, depth + 1) for _ in range(self.r.randint(0, 3))]
        if kind == 'map':
            keys = [self.value(s['keys'], 0) for _ in range(self.r.randint(0, 3))]
            if s['keys']['type'] == 'string':
                return Pairs((str(k), self.value(s['values'], wrong, depth + 1)) for k in keys)
            return [[k, self.value(s['values'], wrong, depth + 1)] for k in keys]
        if kind == 'struct':
            out = Pairs()
            for f in s.get('fields', []):
                if self.chance(.97):
                    out.append((f.get('field', '?'), self.value(f, wrong, depth + 1)))
            if self.chance(.03):
                out.append(('unknown', 1))
            return out
        return self.plain(3)

    def envelope(self, schema=None, wrong=.03):
        schema = schema if schema is not None else self.schema(0, ['struct'] * 6 + ['string', 'int64', 'decimal', 'timestamp', 'array', 'map', 'date', 'time', 'boolean', 'double', 'bytes', 'int8', 'float'])
        return doc({'schema': schema, 'payload': self.value(schema, wrong)})

    # ---- records
    def headers(self):
        if self.chance(.6):
            return []
        return [[self.pick('h1', 'h2', 'n', 'é', '', 'h1'), None if self.chance(.1) else self.pick(HEADER_TEXTS)] for _ in range(self.r.randint(1, 3))]

    def record(self, key, value):
        out = dict(topic=self.pick(TOPICS) if self.chance(.5) else 'sales-store', partition=self.r.randint(0, 3), offset=self.pick(0, 5, 2**40))
        if self.chance(.85):
            out['timestamp'] = self.pick(1700000000000, 1709251199999, 0, 1, -12219292800001, 86400000)
        for name, v in (('key', key), ('value', value)):
            if isinstance(v, bytes):
                try:
                    out[name] = v.decode()
                except UnicodeDecodeError:
                    out[name + '_base64'] = base64.b64encode(v).decode()
            else:
                out[name] = v
        out['headers'] = self.headers()
        return out

    def data(self, schemas, shape=None):
        """One value's text; shape: a schema to be used again and again."""
        roll = self.r.random()
        if roll < .06:
            return None
        if roll < .1:
            return self.pick(BROKEN)
        if schemas:
            return self.envelope(shape if shape is not None and self.chance(.7) else None)
        return doc(self.flat() if self.chance(.7) else self.object() if self.chance(.7) else self.plain())

    def json_config(self, side, schemas):
        c = {side + '.converter.schemas.enable': self.pick('true', 'TRUE') if schemas else 'false'}
        if schemas and self.chance(.9):
            del c[side + '.converter.schemas.enable']
        if self.chance(.15):
            c[side + '.converter.decimal.format'] = self.pick('NUMERIC', 'numeric', 'BASE64', 'base64', 'Numeric')
        if self.chance(.15):
            c[side + '.converter.replace.null.with.default'] = self.pick('false', 'true', 'FALSE')
        if self.chance(.05):
            c[side + '.converter.schemas.cache.size'] = self.pick('0', '1', '2', '1000')
        return c

    def records(self, schemas, count):
        shapes = [self.schema(0, ['struct']) for _ in range(2)] if schemas else [None]
        return [self.record(self.data(schemas, self.pick(shapes)), self.data(schemas, self.pick(shapes))) for _ in range(count)]

    # ---- transforms
    def field(self):
        return self.pick('id', 'ts', 'name', 'a', 'b', 'a.b', 'nested', 'missing', 'id', 'ts', 'name', 'a')

    def fields(self, most=3):
        return self.pick(',', ', ', ' ,') .join(self.field() for _ in range(self.r.randint(1, most)))

    def flag(self):
        return self.pick('true', 'false', 'false', 'TRUE', ' false ')

    def pattern(self):
        return self.pick(PATTERNS)

    def transform(self, odd=.05):
        """type and options; odd: how often an option is missing or wrong."""
        side = self.pick('$Value', '$Value', '$Value', '$Key')
        name = self.pick('Cast', 'Cast', 'DropHeaders', 'ExtractField', 'Flatten', 'Flatten', 'HeaderFrom', 'HoistField', 'InsertField', 'InsertField', 'InsertHeader', 'MaskField', 'MaskField', 'RegexRouter', 'ReplaceField', 'ReplaceField',
                         'SetSchemaMetadata', 'TimestampConverter', 'TimestampConverter', 'TimestampRouter', 'ValueToKey')
        c = getattr(self, 'make_' + name)()
        if self.chance(.2) and name in ('Cast', 'ExtractField', 'HeaderFrom', 'InsertField', 'MaskField', 'ReplaceField', 'SetSchemaMetadata', 'TimestampConverter', 'ValueToKey'):
            c['replace.null.with.default'] = self.flag()
        if self.chance(odd) and c:
            key = self.pick(sorted(c))
            if self.chance(.4):
                del c[key]
            else:
                c[key] = self.pick('', ' ', ',', 'x', 'null', ':', 'true', '$', '1', 'a:b:c', 'é', ',,', 'a,,b', 'V3')
        sided = name in ('Cast', 'ExtractField', 'Flatten', 'HeaderFrom', 'HoistField', 'InsertField', 'MaskField', 'ReplaceField', 'SetSchemaMetadata', 'TimestampConverter')
        full = name + (side if sided else '')
        c['type'] = full if self.chance(.5) else CONNECT + 'transforms.' + full
        return c

    def make_Cast(self):
        types = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string', 'STRING', 'Int8', 'string', 'int32']
        if self.chance(.15):
            return {'spec': self.pick(types)}
        spec = ','.join(self.field() + self.pick(':', ':', ': ', ' :') + self.pick(types) for _ in range(self.r.randint(1, 3)))
        if self.chance(.05):
            spec = self.pick('a', 'a:int8,string', 'a:bytes', 'a:array', 'a:decimal', ':int8', 'a:', 'a:int8:int8', 'a:float', 'int8,int16', 'a:int8,a:string', 'struct', ' int8 ', 'ä:İnt8')
        return {'spec': spec}

    def make_DropHeaders(self):
        return {'headers': self.pick('h1', 'h1,n', 'é', 'nope', 'h1, h2', 'h1,h1')}

    def make_ExtractField(self):
        c = {'field': self.field()}
        if self.chance(.5):
            c['field.syntax.version'] = self.pick('V1', 'V2', 'V2', 'v2', 'V2')
            c['field'] = self.pick('nested.a', 'nested.x', 'id', 'a.b', '`a.b`', 'nested.`a.b`', 'nested.nested.a', '`nested`.a', 'nested.', '.a', 'a`b', '`a', '`a`b`', '`a\\`.b`', 'nested..a', 'nested', 'missing.x', 'nested.missing', 'name.x', 'nested.id', '``', '`', 'a.`b`.c', 'nested.`a`b`', 'ts.x', '.')
        return c

    def make_Flatten(self):
        return {} if self.chance(.5) else {'delimiter': self.pick('_', '.', '', '::', 'é', ' ')}

    def make_HeaderFrom(self):
        n = self.r.randint(1, 3)
        return {'fields': ','.join(self.field() for _ in range(n)), 'headers': ','.join(self.pick('h1', 'h2', 'x', 'é') for _ in range(n if self.chance(.95) else n + 1)), 'operation': self.pick('move', 'copy', 'MOVE') if self.chance(.1) else self.pick('move', 'copy')}

    def make_HoistField(self):
        return {'field': self.pick('wrapped', 'a', 'é', 'a.b')}

    def make_InsertField(self):
        c = {}
        for key in self.r.sample(['topic.field', 'partition.field', 'offset.field', 'timestamp.field', 'static.field'], self.r.randint(1, 4)):
            c[key] = self.pick('f1', 'f2', 'f3', 'id', 'new', 'é', 'a.b', 'missing', 'f1', 'f2', 'f4', 'f5') + self.pick('', '', '!', '?')
        if 'static.field' in c and self.chance(.95):
            c['static.value'] = self.pick('pos', '', '5', 'é', 'true')
        return c

    def make_InsertHeader(self):
        return {'header': self.pick('h1', 'x', 'é', 'a b'), 'value.literal': self.pick(HEADER_TEXTS)}

    def make_MaskField(self):
        c = {'fields': self.fields()}
        if self.chance(.5):
            c['replacement'] = self.pick('7', '####', '1.5', '-3', '300', '1e3', '99999999999999999999', 'NaN', ' 5 ', '0x5', '1e400', '+4', '007', 'true', '3000000000', '1.0', '-129', '1d', '5f')
        return c

    def make_RegexRouter(self):
        return {'regex': self.pick(REGEXES), 'replacement': self.pick(REPLACEMENTS)}

    def make_ReplaceField(self):
        c = {}
        if self.chance(.4):
            c['exclude'] = self.fields()
        if self.chance(.4):
            c['include'] = self.fields(5)
        if self.chance(.5):
            c['renames'] = ','.join(self.field() + ':' + self.pick('n1', 'n2', 'x', 'id', 'é', 'a.b') for _ in range(self.r.randint(1, 3)))
        if self.chance(.05):
            c['renames'] = self.pick('a', 'a:', ':a', 'a:b:c', 'a:b,', 'a : b', 'a:b,a:c', 'a:b,b:a', 'a:x,b:x')
        return c

    def make_SetSchemaMetadata(self):
        c = {}
        if self.chance(.7):
            c['schema.name'] = self.pick('renamed', '', 'a.b.C', 'é', DECIMAL)
        if self.chance(.7):
            c['schema.version'] = self.pick('9', '0', '-1', 'x', '1.5', '2147483648', ' 4 ', '+5', '007') if self.chance(.3) else '9'
        return c

    def make_TimestampConverter(self):
        c = {'target.type': self.pick('string', 'unix', 'Date', 'Time', 'Timestamp') if self.chance(.97) else self.pick('date', 'STRING', 'weird')}
        if self.chance(.85):
            c['field'] = self.pick('ts', 'ts', 'ts', 'ts', 'id', 'name', 'missing', 'nested', 'a')
        if self.chance(.8):
            c['format'] = self.pattern()
        if self.chance(.4):
            c['unix.precision'] = self.pick('seconds', 'milliseconds', 'microseconds', 'nanoseconds') if self.chance(.95) else self.pick('millis', 'SECONDS')
        return c

    def make_TimestampRouter(self):
        c = {}
        if self.chance(.6):
            c['topic.format'] = self.pick('${topic}_${timestamp}', 'd-${timestamp}', '${topic}', '${topic}${topic}-${timestamp}${timestamp}', 'x', '$topic', '${nope}', '${timestamp}-$1-\\')
        if self.chance(.6):
            c['timestamp.format'] = self.pattern()
        return c

    def make_ValueToKey(self):
        return {'fields': self.fields()}

    def predicate(self):
        name = self.pick('HasHeaderKey', 'RecordIsTombstone', 'TopicNameMatches')
        c = {'HasHeaderKey': lambda: {'name': self.pick('h1', 'n', 'x', 'é')}, 'RecordIsTombstone': lambda: {}, 'TopicNameMatches': lambda: {'pattern': self.pick(REGEXES)}}[name]()
        if self.chance(.05) and c:
            key = self.pick(sorted(c))
            c[key] = self.pick('', ' ', '(')
        c['type'] = name if self.chance(.5) else CONNECT + 'transforms.predicates.' + name
        return c

    def chain(self, length, odd=.02):
        c = {}
        aliases = ['t%d' % i for i in range(length)]
        c['transforms'] = self.pick(',', ', ').join(aliases)
        predicates = []
        for alias in aliases:
            step = self.transform(odd)
            if self.chance(.2):
                p = 'p%d' % len(predicates)
                predicates.append(p)
                for k, v in self.predicate().items():
                    c['predicates.%s.%s' % (p, k)] = v
                step['predicate'] = p
                if self.chance(.5):
                    step['negate'] = self.pick('true', 'false', 'TRUE')
                if self.chance(.3):
                    step = {k: v for k, v in step.items() if k in ('predicate', 'negate')}
                    step['type'] = 'Filter'
            for k, v in step.items():
                c['transforms.%s.%s' % (alias, k)] = v
        if predicates:
            c['predicates'] = ','.join(predicates)
        return c

    # ---- areas
    def case_json(self):
        c = {}
        for side in ('key', 'value'):
            c.update(self.json_config(side, False))
        records = []
        for _ in range(8):
            roll = self.r.random()
            v = self.pick(BROKEN) if roll < .3 else self.pick(RAW_BYTES) if roll < .4 else doc(self.plain() if self.chance(.5) else self.object())
            records.append(self.record(None, v))
        return c, records

    def case_schema(self):
        c = {}
        for side in ('key', 'value'):
            c.update(self.json_config(side, True))
        records = []
        for _ in range(8):
            v = self.envelope(None, .05) if self.chance(.9) else self.pick(BROKEN)
            records.append(self.record(None, v))
        return c, records

    def case_header(self):
        c = {'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false'}
        if self.chance(.1):
            c.update({'transforms': 't', 'transforms.t.type': 'InsertHeader', 'transforms.t.header': 'x', 'transforms.t.value.literal': self.header_text() or 'x'})
        if self.chance(.1):
            c['header.converter'] = self.pick(CONNECT + 'storage.StringConverter', CONNECT + 'json.JsonConverter', CONNECT + 'converters.ByteArrayConverter', CONNECT + 'storage.SimpleHeaderConverter', CONNECT + 'converters.IntegerConverter')
            if 'Json' in c['header.converter']:
                c['header.converter.schemas.enable'] = self.pick('true', 'false')
        return c, [dict(self.record(None, '1'), headers=[['h%d' % i, self.header_text()] for i in range(3)]) for _ in range(8)]

    def header_text(self):
        roll = self.r.random()
        if roll < .4:
            return self.pick(HEADER_TEXTS)
        if roll < .5:
            return None if self.chance(.1) else self.text()
        if roll < .6:
            return str(self.number())
        if roll < .9:
            return self.header_nest(0)
        return ''.join(self.pick('[', ']', '{', '}', ':', ',', '"', '\\', ' ', 'a', '1', 'true', 'null', '2024-02-29', '-', '.', 'e', '""', '"x"') for _ in range(self.r.randint(1, 8)))

    def header_nest(self, depth):
        blank = self.pick('', '', '', ' ', '  ')
        if depth > 2 or (depth > 0 and self.chance(.6)):
            return blank + self.pick(str(self.number()), js(self.text()), '"%s"' % self.pick(STAMPS), 'true', 'false', 'null', '1', '300', '"a"', self.pick(STAMPS), 'abc') + blank
        if self.chance(.5):
            return blank + '[' + ','.join(self.header_nest(depth + 1) for _ in range(self.r.randint(0, 3))) + ']' + blank
        return blank + '{' + ','.join((js(self.pick('a', 'b', 'é', '')) if self.chance(.8) else self.header_nest(depth + 1)) + ':' + self.header_nest(depth + 1) for _ in range(self.r.randint(0, 3))) + '}' + blank

    def case_date(self):
        pattern = self.pattern()
        if self.chance(.2):
            pattern = ''.join(self.pick('yyyy', 'yy', 'MM', 'MMM', 'dd', 'd', 'HH', 'hh', 'mm', 'ss', 'SSS', 'a', 'E', 'X', 'Z', 'z', '-', ' ', '/', ':', "'T'", 'D', 'w', 'YYYY', 'G', 'u', 'k', 'K', 'F', 'W', ',', '.') for _ in range(self.r.randint(1, 7)))
        c = {'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false', 'transforms': 't', 'transforms.t.type': 'TimestampConverter$Value', 'transforms.t.format': pattern, 'transforms.t.field': 'a'}
        records = []
        if self.chance(.5):
            c['transforms.t.target.type'] = 'string'
            for _ in range(10):
                ms = int(self.pick(MILLIS)) if self.chance(.5) else self.r.randint(-10**self.r.randint(3, 15), 10**self.r.randint(3, 15))
                records.append(self.record(None, doc({'a': ms})))
        else:
            c['transforms.t.target.type'] = self.pick('unix', 'unix', 'unix', 'string')
            made = self.stamp_for(pattern)
            for _ in range(10):
                records.append(self.record(None, doc({'a': self.pick(STAMPS) if self.chance(.4) else next(made)})))
        return c, records

    def stamp_for(self, pattern):
        """Texts that nearly fit a pattern."""
        words = {'y': lambda n: self.pick('2024', '24', '1', '99', '-5', '12345', '0', '1970', '69', '44', '45', '1582'), 'M': lambda n: self.pick('Feb', 'february', 'MAY', 'Juneau') if n > 2 and self.chance(.9) else self.pick('2', '02', '13', '0', '-1', '12'),
                 'd': lambda n: self.pick('9', '29', '31', '0', '45', '01'), 'E': lambda n: self.pick('Thu', 'thursday', 'Mon', 'x', 'Sunday'), 'a': lambda n: self.pick('AM', 'pm', 'A', 'Pm'), 'G': lambda n: self.pick('AD', 'bc', 'B'),
                 'Z': lambda n: self.pick('+0100', '-0830', 'GMT', 'UTC', 'PST', '+1', '+01:00', 'Z', 'GMT+1', 'CEST'), 'z': lambda n: self.pick('PST', 'GMT+02:00', 'UTC', '+0100', 'CET', 'EDT', 'Pacific Standard Time', 'gmt', 'GMT-9'),
                 'X': lambda n: self.pick('Z', '+01', '+0100', '+01:00', '-08:30', '+1', 'z', '+24', '+0160'), 'S': lambda n: self.pick('5', '123', '000123', '1000', '-1')}
        number = lambda n: self.pick('1', '5', '12', '23', '24', '59', '60', '99', '0', '07', '-3', ' 4')
        while True:
            out, i = '', 0
            while i < len(pattern):
                ch = pattern[i]
                if ch == "'":
                    end = pattern.find("'", i + 1)
                    end = len(pattern) if end < 0 else end
                    out += pattern[i + 1:end] or "'"
                    i = end + 1
                elif ch.isascii() and ch.isalpha():
                    n = 1
                    while i + n < len(pattern) and pattern[i + n] == ch:
                        n += 1
                    out += words.get(ch, words['M'] if ch == 'L' else (lambda n: self.pick('2024', '24', '1970', '1582', '12345')) if ch == 'Y' else number)(n)
                    i += n
                else:
                    out += ch if self.chance(.97) else self.pick('', ' ', ch + ch)
                    i += 1
            if self.chance(.1):
                out = self.pick(' ' + out, out + 'x', out + ' ', out[:-1], out.upper())
            yield out

    def regex(self):
        if self.chance(.7):
            return self.pick(REGEXES)
        parts = ['a', 's', 'x', '-', '.', '\\.', '\\w', '\\d', '\\s', '[a-z]', '[^-]', '[\\w.-]', '(sales)', '(?:a|s)', '(?<n>.)', '(', ')', '[', ']', '{', '}', '*', '+', '?', '*?', '++', '{2}', '{1,3}', '|', '^', '$', '\\b', '\\p{L}', '\\p{Upper}', '(?i)', '(?s)', '\\1', 'é', '&&', '[a&&', '-z', '\\Q', '\\E', '#', ' ', '(?x)', '(?=', '(?!', '(?<=', '(?>', '\\h', '\\R', '(.*)', '.*', 'store', '_']
        return ''.join(self.pick(parts) for _ in range(self.r.randint(1, 6)))

    def case_regex(self):
        c = {'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false'}
        if self.chance(.7):
            c.update({'transforms': 't', 'transforms.t.type': 'RegexRouter', 'transforms.t.regex': self.regex(), 'transforms.t.replacement': self.pick(REPLACEMENTS)})
        else:
            c.update({'transforms': 't', 'transforms.t.type': 'Filter', 'transforms.t.predicate': 'p', 'predicates': 'p', 'predicates.p.type': 'TopicNameMatches', 'predicates.p.pattern': self.regex()})
        return c, [dict(self.record(None, '1'), topic=t, headers=[]) for t in TOPICS]

    def case_chain(self):
        schemas = self.chance(.5)
        c = self.chain(self.r.randint(1, 5))
        for side in ('key', 'value'):
            c.update(self.json_config(side, schemas))
        return c, self.records(schemas, 5)

    def case_field(self):
        """One transform, many records."""
        schemas = self.chance(.6)
        c = self.chain(1, 0)
        for side in ('key', 'value'):
            c.update(self.json_config(side, schemas))
        return c, self.records(schemas, 8)

    def case_config(self):
        c = self.chain(self.r.randint(1, 2), .6)
        roll = self.r.random()
        if roll < .1:
            c['transforms'] = self.pick('t0,t0', 't0,', '', ' t0 ', 't0,t1,zz', 'zz')
        elif roll < .2:
            c['transforms.t0.type'] = self.pick('Nope', 'Cast', CONNECT + 'transforms.Cast', 'cast$Value', '', CONNECT + 'json.JsonConverter', 'java.lang.String', CONNECT + 'transforms.predicates.HasHeaderKey', 'HasHeaderKey', 'ReplaceField')
        elif roll < .3:
            c['transforms.t0.predicate'] = self.pick('nope', '', ' ', 'p0')
        elif roll < .4:
            c['transforms.t0.negate'] = self.pick('true', 'false', 'yes', '', 'TRUE', '1')
        elif roll < .5:
            c['predicates'] = self.pick('p0,p0', '', 'q', 'p0, ')
        elif roll < .6:
            c['transforms.t0.replace.null.with.default'] = self.pick('yes', '', 'TRUE', '1', ' true')
        schemas = self.chance(.5)
        for side in ('key', 'value'):
            c.update(self.json_config(side, schemas))
        if self.chance(.2):
            c[self.pick('value', 'key') + '.converter.' + self.pick('schemas.enable', 'decimal.format', 'schemas.cache.size', 'replace.null.with.default')] = self.pick('yes', '', '-1', 'x', '1.5', 'HEX', 'tru')
        return c, self.records(schemas, 2)

    def case_converter(self):
        names = {'String': 'storage.StringConverter', 'ByteArray': 'converters.ByteArrayConverter', 'Short': 'converters.ShortConverter', 'Integer': 'converters.IntegerConverter', 'Long': 'converters.LongConverter', 'Float': 'converters.FloatConverter',
                 'Double': 'converters.DoubleConverter', 'Boolean': 'converters.BooleanConverter', 'Json': 'json.JsonConverter'}
        c = {}
        for side in ('key', 'value', 'header'):
            n = self.pick(sorted(names))
            if side == 'header' and self.chance(.5):
                continue
            full = CONNECT + names[n]
            c[side + '.converter'] = full if self.chance(.7) else full.rsplit('.', 1)[1]
            if n == 'String' and self.chance(.4):
                c[side + '.converter.' + self.pick('encoding', 'encoding', 'converter.encoding')] = self.pick('UTF-8', 'ISO-8859-1', 'UTF-16', 'US-ASCII', 'utf8', 'windows-1252', 'nope', '', 'UTF-16LE', 'latin1', 'UTF-32')
            if n == 'Json':
                c[side + '.converter.schemas.enable'] = self.pick('true', 'false')
        c.update(self.chain(1, 0) if self.chance(.5) else {})
        records = []
        for _ in range(8):
            pick = lambda: None if self.chance(.1) else self.pick(RAW_BYTES) if self.chance(.6) else self.pick(TEXTS) if self.chance(.5) else doc(self.plain())
            r = self.record(pick(), pick())
            r['headers'] = []
            for _ in range(self.r.randint(0, 2)):
                h = pick()
                if isinstance(h, bytes):
                    try:
                        h = h.decode()
                    except UnicodeDecodeError:
                        h = {'base64': base64.b64encode(h).decode()}
                r['headers'].append(['h', h])
            records.append(r)
        return c, records

    def case_text(self):
        """Anything through toString() and SimpleHeaderConverter: values that came with a schema, written as text."""
        schemas = self.chance(.7)
        c = self.json_config('key', schemas)
        c.update(self.json_config('value', schemas))
        c.update({'transforms': 'h,k', 'transforms.h.type': 'HeaderFrom$Value', 'transforms.h.fields': 'id,a,b,ts', 'transforms.h.headers': 'id,a,b,ts', 'transforms.h.operation': self.pick('copy', 'move'),
                  'transforms.k.type': 'Cast$Value', 'transforms.k.spec': 'name:string,a:string,id:string,ts:string,b:string'})
        if self.chance(.5):
            c['transforms'] = 'h'
        return c, self.records(schemas, 6)


AREAS = [n[5:] for n in sorted(dir(Generator)) if n.startswith('case_')]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--count', type=int, default=1000)
    a.add_argument('areas', nargs='*', metavar='AREA')
    o = a.parse_intermixed_args()
    for i in range(o.count):
        area = (o.areas or AREAS)[i % len(o.areas or AREAS)]
        config, records = getattr(Generator('%d/%s/%d' % (o.seed, area, i)), 'case_' + area)()
        print(json.dumps(dict(id='%s-%d-%d' % (area, o.seed, i), config=config, records=records), separators=(',', ':')))


if __name__ == '__main__':
    main()
