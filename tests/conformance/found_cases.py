"""Cases by hand, for golden.py: what once differed from Kafka Connect, where the generator seldom comes by."""
import json

CONNECT = 'org.apache.kafka.connect.'
LESS = {'key.converter.schemas.enable': 'false', 'value.converter.schemas.enable': 'false'}
STRINGS = {'header.converter': CONNECT + 'storage.StringConverter'}


def chain(*steps, **config):
    out = {'transforms': ','.join('t%d' % i for i in range(len(steps)))}
    for i, (name, options) in enumerate(steps):
        out['transforms.t%d.type' % i] = CONNECT + 'transforms.' + name
        out.update({'transforms.t%d.%s' % (i, k): v for k, v in options.items()})
    return {**out, **config}


def record(value, **more):
    return dict(topic='t', partition=1, offset=7, value=value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False), **more)


def struct(fields, payload):
    return {'schema': {'type': 'struct', 'fields': [dict(s, field=n) for n, s in fields.items()]}, 'payload': payload}


def found():
    # A required field that InsertField left null fails the next transform that makes a new struct.
    first = ('InsertField$Value', {'timestamp.field': 'ts!'})
    row = struct({'id': {'type': 'int64'}, 'in': {'type': 'struct', 'fields': [{'field': 'x', 'type': 'string', 'optional': True}]}}, {'id': 5, 'in': {'x': 'y'}})
    for step in (('Cast$Value', {'spec': 'id:string'}), ('Flatten$Value', {}), ('HeaderFrom$Value', {'fields': 'id', 'headers': 'h', 'operation': 'move'}), ('HeaderFrom$Value', {'fields': 'ts', 'headers': 'h', 'operation': 'copy'}),
                 ('HeaderFrom$Value', {'fields': 'ts', 'headers': 'h', 'operation': 'move'}), ('HoistField$Value', {'field': 'w'}), ('InsertField$Value', {'topic.field': 'topic'}), ('MaskField$Value', {'fields': 'id'}), ('ReplaceField$Value', {'exclude': 'id'}), ('ReplaceField$Value', {'exclude': 'ts'}),
                 ('ReplaceField$Value', {'renames': 'ts:when'}), ('SetSchemaMetadata$Value', {'schema.name': 'n'}), ('TimestampConverter$Value', {'field': 'ts', 'target.type': 'unix'}), ('TimestampConverter$Value', {'field': 'id', 'target.type': 'Date'}), ('ValueToKey', {'fields': 'id'}), ('ValueToKey', {'fields': 'id,ts'}),
                 ('ExtractField$Value', {'field': 'ts'}), ('ExtractField$Value', {'field': 'id'}), ('Filter', {})):
        yield chain(first, step), [record(row), record(row, timestamp=1700000000123)]
    # Digits of other scripts.
    types = ['int8', 'int16', 'int32', 'int64', 'float', 'double', 'string', 'boolean']
    values = {'string': 'x', 'boolean': True}
    for replacement in ('٣', '-٣.٥', '３e٢'):
        yield chain(('MaskField$Value', {'fields': 'f', 'replacement': replacement})), [record(struct({'f': {'type': t}}, {'f': values.get(t, 1)})) for t in types]
    for pattern, texts in {'yyyyMMdd': ['٢٠٢٤٠٢٢٩', '２０２４0２２９', '20240229', '٢٠٢٤٠٢', '𝟐𝟎𝟐𝟒0229'], 'yyMMdd': ['٢٤٠٢٢٩', '२४०२२९'], 'dd/MM/yy': ['٢٩/٠٢/٢٤', '٢٩/٠٢/٢', '29/02/-4'], 'HHmmssSSS': ['٢٣٥٩٥٩١٢٣', '２３５９５９１'], 'yyyy年MM月': ['٢٠٢٤年٠٢月']}.items():
        yield chain(('TimestampConverter$Value', {'field': 'a', 'target.type': 'unix', 'format': pattern}), **LESS), [record({'a': t}) for t in texts]
    # Numbers of weeks beyond Java's int.
    for pattern in ('W', 'F', 'w', 'D', 'yyyy W', 'MM F', 'u F', 'yyyy MM u W'):
        yield chain(('TimestampConverter$Value', {'field': 'a', 'target.type': 'unix', 'format': pattern}), **LESS), [record({'a': pattern.replace('yyyy', '2024').replace('MM', '02').replace('u', '3').replace(pattern[-1], n)}) for n in ('3', '-3', '0', '306783379', '99999999999', '20240229235959', '-2147483648', '-400000000')]
    # Years before 1000 in Date.toString().
    millis = [-62135596800000, -62135596800001, -93692592000000, -59011459200000, -12219292800001, 253402300800000, 0]
    yield chain(('TimestampConverter$Value', {'field': 'a', 'target.type': 'Timestamp'}), ('HeaderFrom$Value', {'fields': 'a', 'headers': 'h', 'operation': 'move'}), **LESS, **STRINGS), [record({'a': m}) for m in millis]
    # Headers: maps whose keys are equal, and a map of nothing in JSON.
    maps = ['{}', '[{}]', '{"a":{}}', '{"2024-02-29":1,2024-02-29:2}', '{"12:34:56.789Z":1,12:34:56.789Z:[2]}', '{[]:1,[ ]:2}', '{{}:1,{}:2}', '{[1,"x"]:1,[1,"x"]:2,[1]:3}', '{{"a":1}:1,{"a":1}:2,{"a":2}:3}', '{1:1,1.0:2}', '{true:1,true:2}', '{1.5:1,1.50:2}', '{"a":1,"a":2}']
    yield dict(LESS), [record('1', headers=[['h', m]]) for m in maps]
    for schemas in ('true', 'false'):
        for m in maps:
            yield chain(('InsertHeader', {'header': 'h', 'value.literal': m}), **LESS, **{'header.converter': CONNECT + 'json.JsonConverter', 'header.converter.schemas.enable': schemas}), [record('1')]
    # Nulls that come of values of another type, in every place.
    text = {'type': 'string'}
    for schema, value in ((text, 5), ({'type': 'array', 'items': text}, ['a', 5]), ({'type': 'map', 'keys': text, 'values': text}, {'k': 5}), ({'type': 'map', 'keys': text, 'values': {'type': 'array', 'items': text}}, {'k': [5]}),
                          ({'type': 'map', 'keys': {'type': 'array', 'items': text}, 'values': text}, [[[5], 'v']]), ({'type': 'string', 'default': 5}, 'x'), ({'type': 'array', 'items': text, 'default': [5]}, [])):
        yield {}, [record(struct({'f': schema}, {'f': value})), record({'schema': schema, 'payload': value}), record(struct({'g': {'type': 'struct', 'fields': [dict(schema, field='f')]}}, {'g': {'f': value}}))]
    # Renames that take a name from a field that is not there.
    for renames in ('a:b,c:b', 'zz:a', 'a:c,zz:c'):
        yield chain(('ReplaceField$Value', {'renames': renames})), [record(struct({'a': {'type': 'int32'}, 'd': text}, {'a': 1, 'd': 'x'}))]


def text():
    return ''.join(json.dumps(dict(id='found-%d' % i, config=c, records=r)) + '\n' for i, (c, r) in enumerate(found()))
