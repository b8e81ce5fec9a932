/* The Weir plugin contract, version 1: the only thing that crosses a .so boundary.
 *
 * Plugin authors do not use this file: they write classes against <weir/plugin.hpp>, which is header-only C++ over it.
 *
 * Rules (ABI.md has the reasons)
 *  - A plugin exports one symbol, WEIR_PLUGIN_ENTRY. The major version stands in its name; a new major is a new symbol.
 *  - Every table starts with struct_size. Fields are only appended. A field is read only if struct_size covers it.
 *    Arrays carry a stride, so that their elements can grow too. Enums are uint32_t with explicit values.
 *  - No exception, C++ type, or free() crosses. Every function pointer is called with all its arguments valid and
 *    must not throw. Text is weir_bytes, UTF-8, not NUL-terminated.
 *  - "borrowed": valid during the call, or as long as the comment says; "owned": whoever gets it must give it back.
 *  - All calls on one instance come from one thread, the task's. What any thread may call says so.
 */
#ifndef WEIR_ABI_H
#define WEIR_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_ABI_MAJOR 1u
#define WEIR_ABI_MINOR 0u
#define WEIR_PLUGIN_ENTRY weir_plugin_entry_v1
#define WEIR_PLUGIN_ENTRY_NAME "weir_plugin_entry_v1"

/* ---- outcome classes ------------------------------------------------------------------------------------------- */
enum {
  WEIR_OK = 0,         /* delivered, or nothing to do */
  WEIR_RETRIABLE = 1,  /* the same call again after a back-off; the breaker counts it; never a dead letter */
  WEIR_BAD_RECORD = 2, /* errors.tolerance decides: dead letter and go on, or the task stops */
  WEIR_BAD_CONFIG = 3, /* refused at create; found later, the task stops */
  WEIR_FATAL = 4       /* the task stops, the worker lives */
};

/* data NULL: absent (a tombstone, a null header); data not NULL and size 0: empty. */
typedef struct weir_bytes {
  const void* data;
  size_t size;
} weir_bytes;

typedef struct weir_pair {
  weir_bytes key;
  weir_bytes value;
} weir_pair;

/* Reports an error; the text is copied before it returns. record: index in the batch, or -1 for the whole call.
 * Borrowed for the call it is passed to. */
typedef struct weir_error_sink {
  void* ctx;
  void (*fail)(void* ctx, int64_t record, uint32_t code, weir_bytes message);
} weir_error_sink;

/* ---- values ---------------------------------------------------------------------------------------------------- */
/* Plain data in the batch's arena: nothing is freed one by one, the whole arena is.
 * Kinds follow Kafka Connect's data model (org.apache.kafka.connect.data.Schema.Type); the last ones are the Java
 * objects that stand behind its logical types, and raw JSON. */
enum {
  WEIR_KIND_NULL = 0,
  WEIR_KIND_BOOLEAN = 1,   /* as.i64 0 or 1 */
  WEIR_KIND_INT8 = 2,      /* as.i64, in range */
  WEIR_KIND_INT16 = 3,
  WEIR_KIND_INT32 = 4,
  WEIR_KIND_INT64 = 5,
  WEIR_KIND_FLOAT32 = 6,   /* as.f64, exactly a float */
  WEIR_KIND_FLOAT64 = 7,
  WEIR_KIND_STRING = 8,    /* as.text, count bytes */
  WEIR_KIND_BYTES = 9,     /* as.text, count bytes */
  WEIR_KIND_ARRAY = 10,    /* as.items, count items */
  WEIR_KIND_MAP = 11,      /* as.members, count members; keys of any kind */
  WEIR_KIND_STRUCT = 12,   /* as.members in the schema's field order; keys are STRING */
  WEIR_KIND_DECIMAL = 13,  /* as.text: plain decimal text as java.math.BigDecimal.toString() writes it */
  WEIR_KIND_TIMESTAMP = 14,/* as.i64: ms since the epoch (java.util.Date); Date, Time or Timestamp by its schema */
  WEIR_KIND_LAZY = 15      /* as.text: valid JSON text of an object or array, not yet looked into (json.hpp expand) */
};

struct weir_member;
typedef struct weir_value {
  uint8_t kind;
  uint8_t flags; /* 0 */
  uint16_t reserved; /* 0; of a map: how Java would order it when it is printed (java_map.hpp) */
  uint32_t count; /* bytes of a text, items, members */
  union {
    int64_t i64;
    double f64;
    const char* text;
    struct weir_value* items;
    struct weir_member* members;
  } as;
} weir_value;

typedef struct weir_member {
  weir_value key;
  weir_value value;
} weir_member;

/* ---- schemas --------------------------------------------------------------------------------------------------- */
enum {
  WEIR_SCHEMA_OPTIONAL = 1u,
  WEIR_SCHEMA_HAS_VERSION = 2u,
  /* Lives as long as the task: its address may key a cache. Without it the schema lives in the batch's arena. */
  WEIR_SCHEMA_STABLE = 4u
};

struct weir_field;
/* Immutable. type is one of WEIR_KIND_BOOLEAN ... WEIR_KIND_STRUCT; logical types are names on a base type. */
typedef struct weir_schema {
  uint32_t struct_size;
  uint32_t type;
  uint32_t flags;
  int32_t version; /* if WEIR_SCHEMA_HAS_VERSION */
  weir_bytes name; /* data NULL: none */
  weir_bytes doc;
  const weir_value* default_value; /* NULL: none */
  const weir_pair* parameters;     /* in the order given */
  size_t parameter_count;
  const struct weir_field* fields; /* STRUCT */
  size_t field_count;
  const struct weir_schema* keys;   /* MAP */
  const struct weir_schema* values; /* MAP: of the values; ARRAY: of the items */
} weir_schema;

typedef struct weir_field {
  weir_bytes name;
  const weir_schema* schema;
} weir_field;

/* ---- arena ----------------------------------------------------------------------------------------------------- */
/* Bump allocation: take from cursor while it fits, else call grow. Never freed by the one who allocates.
 * Not thread-safe: used only by the thread that holds the batch. */
typedef struct weir_arena {
  char* cursor;
  char* end;
  /* Returns size bytes aligned to 16, and may move cursor and end; NULL when memory is out. */
  void* (*grow)(struct weir_arena* self, size_t size);
} weir_arena;

/* ---- records and batches --------------------------------------------------------------------------------------- */
enum {
  WEIR_RECORD_LIVE = 0,
  WEIR_RECORD_DROPPED = 1,  /* filtered by a transform: its offset moves on, nothing is delivered */
  WEIR_RECORD_FAILED = 2,   /* reported through weir_error_sink; later stages skip it */
  WEIR_RECORD_BYPASSED = 3, /* not for this transform (its predicate said no); only during the call */
  WEIR_RECORD_SETTLED = 4   /* a sink has settled it in an earlier put of the same batch */
};

#define WEIR_NO_TIMESTAMP INT64_MIN
#define WEIR_NO_PARTITION (-1)

typedef struct weir_header {
  weir_bytes name;
  weir_value value;
  const weir_schema* schema; /* NULL: schemaless */
} weir_header;

typedef struct weir_record {
  weir_bytes topic; /* may be changed by a transform */
  int32_t partition;
  uint32_t state;
  int64_t timestamp; /* ms since the epoch, or WEIR_NO_TIMESTAMP */
  weir_value key;
  weir_value value;
  const weir_schema* key_schema; /* NULL: schemaless */
  const weir_schema* value_schema;
  weir_header* headers; /* valid once headers_loaded; a changed list is a new array in the arena */
  uint32_t header_count;
  uint32_t headers_loaded; /* 0: call weir_batch.load_headers first (nobody pays for headers that nobody reads) */
  weir_bytes raw_key;      /* before decoding: the bytes consumed; after encoding: the bytes to produce */
  weir_bytes raw_value;
  /* Where it was consumed; fixed at birth, no transform changes it (KIP-793). offset -1: not consumed (a source). */
  weir_bytes origin_topic;
  int32_t origin_partition;
  uint32_t reserved;
  int64_t origin_offset;
  /* Sources only: Kafka Connect's source partition and source offset (maps); NULL kind: nothing to resume. */
  weir_value source_partition;
  weir_value source_offset;
  void* token; /* a source's own mark, handed back with the record's acknowledgement */
} weir_record;

typedef struct weir_batch {
  uint32_t struct_size;
  uint32_t record_stride;
  weir_record* records;
  size_t count;
  weir_arena* arena;
  void* host; /* the host's own */
  /* Task thread only. Fills headers, header_count, headers_loaded. A header that cannot be converted is reported by
   * the host itself; the record's state becomes WEIR_RECORD_FAILED. */
  void (*load_headers)(struct weir_batch* self, weir_record* record);
  /* Sources only, task thread, during poll: a new zeroed live record (no partition, no timestamp, no origin), valid
   * until the next append; NULL when memory is out. */
  weir_record* (*append)(struct weir_batch* self);
} weir_batch;

typedef struct weir_topic_partition {
  weir_bytes topic;
  int32_t partition;
  uint32_t reserved;
  int64_t offset; /* see weir_sink_ops.open */
} weir_topic_partition;

/* ---- configuration --------------------------------------------------------------------------------------------- */
enum { /* ConfigDef.Type */
  WEIR_CONFIG_BOOLEAN = 0,
  WEIR_CONFIG_STRING = 1,
  WEIR_CONFIG_INT = 2,
  WEIR_CONFIG_SHORT = 3,
  WEIR_CONFIG_LONG = 4,
  WEIR_CONFIG_DOUBLE = 5,
  WEIR_CONFIG_LIST = 6,
  WEIR_CONFIG_CLASS = 7,
  WEIR_CONFIG_PASSWORD = 8
};
enum { WEIR_IMPORTANCE_HIGH = 0, WEIR_IMPORTANCE_MEDIUM = 1, WEIR_IMPORTANCE_LOW = 2 };
enum { WEIR_WIDTH_NONE = 0, WEIR_WIDTH_SHORT = 1, WEIR_WIDTH_MEDIUM = 2, WEIR_WIDTH_LONG = 3 };
enum {
  WEIR_KEY_PREFIX = 1u, /* name is a prefix ("route."): every key that starts with it is known */
  WEIR_KEY_ALIAS = 2u   /* another spelling of the key named in default_value; not shown in documentation tables */
};

typedef struct weir_config_key {
  weir_bytes name;
  uint32_t type;
  uint32_t importance;
  uint32_t width;
  uint32_t flags;
  weir_bytes default_value; /* data NULL: required, unless `optional` says otherwise */
  uint32_t optional;        /* 1: absent is fine although there is no default (Kafka Connect's default null) */
  uint32_t order;
  weir_bytes documentation;
  weir_bytes group;
  weir_bytes display_name;
  const weir_bytes* recommended; /* allowed or suggested values */
  size_t recommended_count;
} weir_config_key;

/* Reports one problem with one key; texts are copied. */
typedef struct weir_config_errors {
  void* ctx;
  void (*add)(void* ctx, weir_bytes key, weir_bytes message);
} weir_config_errors;

/* Hands one task's config to the host; pairs are copied. */
typedef struct weir_task_config_sink {
  void* ctx;
  void (*add)(void* ctx, const weir_pair* pairs, size_t count);
} weir_task_config_sink;

/* ---- services of the host to one instance ---------------------------------------------------------------------- */
enum { WEIR_LOG_TRACE = 0, WEIR_LOG_DEBUG = 1, WEIR_LOG_INFO = 2, WEIR_LOG_WARN = 3, WEIR_LOG_ERROR = 4 };

typedef struct weir_breaker weir_breaker;
enum { /* what breaker_acquire says */
  WEIR_PERMIT_DENIED = 0, /* not now: try again after wait_ms */
  WEIR_PERMIT_CLOSED = 1, /* go; counts against the record's retries */
  WEIR_PERMIT_PROBE = 2   /* go; a probe of a half-open breaker, spends no retry */
};
enum { /* what happened to the call */
  WEIR_CALL_SUCCESS = 0,
  WEIR_CALL_FAILURE = 1,
  WEIR_CALL_IGNORED = 2, /* says nothing about the endpoint: a bad record, a throttled call, a cancelled one */
  WEIR_CALL_AUTH = 3     /* opens at once, reason "auth" */
};

typedef struct weir_metric weir_metric;
enum { WEIR_METRIC_COUNTER = 0, WEIR_METRIC_GAUGE = 1, WEIR_METRIC_HISTOGRAM = 2 };

/* Borrowed by the instance from create until destroy returns. */
typedef struct weir_task {
  uint32_t struct_size;
  uint32_t task_id;
  void* ctx;
  weir_bytes connector; /* the connector's name */
  weir_bytes instance;  /* "<connector>", or "<connector>.<alias>" for a transform: the default breaker name */

  /* Any thread. Text is copied; secrets of the config are masked by value. */
  void (*log)(void* ctx, uint32_t level, weir_bytes message);

  /* Sinks with WEIR_SINK_SETTLES only. Any thread, once per live record of a batch that put accepted.
   * code: WEIR_OK, WEIR_BAD_RECORD (the runtime writes the dead letter), WEIR_BAD_CONFIG, WEIR_FATAL, or WEIR_RETRIABLE (give the
   * record to put again). The batch is gone when its last record is settled: do not touch it afterwards. */
  void (*settle)(void* ctx, weir_batch* batch, size_t record, uint32_t code, weir_bytes message);

  /* Sources: the last committed source offset of a source partition (a map); NULL kind when there is none.
   * Task thread. Returns a WEIR_ code; the value lives in arena. */
  uint32_t (*read_offset)(void* ctx, const weir_value* partition, weir_arena* arena, weir_value* out);

  /* A descriptor that becomes readable when poll (or put) should return early: stop, pause, or acknowledgements
   * that wait. Poll it together with your own; do not read it. -1: none. Task thread. */
  int (*wake_fd)(void* ctx);
  /* Any thread: the runtime calls poll (or put with an empty batch) again soon. */
  void (*wake)(void* ctx);
  /* Any thread: 1 once the task is being stopped. */
  uint32_t (*stopping)(void* ctx);

  /* The worker-wide circuit breaker of that name (created at first use); never NULL; lives as long as the worker.
   * While it is not CLOSED the runtime pauses the task's partitions. Task thread. */
  weir_breaker* (*breaker)(void* ctx, weir_bytes name);
  /* Any thread. wait_ms and permit are outputs; every granted permit must be reported exactly once. */
  uint32_t (*breaker_acquire)(weir_breaker* breaker, uint64_t* permit, int64_t* wait_ms);
  /* Any thread. reason: short word for status and metrics ("timeout", "http_503"), copied. */
  void (*breaker_report)(weir_breaker* breaker, uint64_t permit, uint32_t outcome, weir_bytes reason);

  /* The metric of that name and labels (labels connector and task are added); never NULL; shared by equal names.
   * Task thread. Names as spec'd for the worker: weir_ + snake case, base units, counters end in _total. */
  weir_metric* (*metric)(void* ctx, uint32_t kind, weir_bytes name, weir_bytes help, const weir_pair* labels,
                         size_t label_count);
  /* Any thread. Counter: adds; gauge: sets; histogram: observes. */
  void (*metric_record)(weir_metric* metric, double value);

  /* Sources, any thread: asks the runtime to compute the task configs again (KC requestTaskReconfiguration). */
  void (*request_reconfiguration)(void* ctx);
} weir_task;

/* ---- component kinds ------------------------------------------------------------------------------------------- */
enum {
  WEIR_COMPONENT_SOURCE = 0,
  WEIR_COMPONENT_SINK = 1,
  WEIR_COMPONENT_TRANSFORM = 2,
  WEIR_COMPONENT_PREDICATE = 3,
  WEIR_COMPONENT_CONVERTER = 4,
  WEIR_COMPONENT_HEADER_CONVERTER = 5
};

/* Every create gets the already validated pairs (borrowed) and returns an instance, or NULL after errors->fail.
 * destroy is called once, after the last other call. */

/* What became of one record of a source. */
typedef struct weir_ack {
  void* token;       /* weir_record.token */
  uint32_t code;     /* WEIR_OK: Kafka has it (or it was filtered: partition -1); else why not */
  int32_t partition;
  int64_t offset;
  weir_bytes topic;
  weir_bytes message; /* of an error */
} weir_ack;

typedef struct weir_source_ops {
  uint32_t struct_size;
  uint32_t flags; /* 0 */
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  /* After create, before the first poll: offsets may be read. */
  uint32_t (*start)(void* self, const weir_error_sink* errors);
  /* Appends records and returns; may block until wake_fd is readable, at most max_wait_ms. No records is fine.
   * WEIR_RETRIABLE: nothing now, polled again after a back-off. Not called while the task is paused. */
  uint32_t (*poll)(void* self, weir_batch* batch, int64_t max_wait_ms, const weir_error_sink* errors);
  /* For every record that poll appended, in any order, exactly once; only when a token was set. NULL: not wanted. */
  void (*acknowledged)(void* self, const weir_ack* acks, size_t count);
  /* After source offsets have been committed (KC SourceTask.commit). NULL: not wanted. */
  void (*committed)(void* self);
  /* Last call before the final acknowledgements and destroy: take no more input. NULL: nothing to do. */
  void (*stop)(void* self);
} weir_source_ops;

/* weir_sink_ops.flags */
#define WEIR_SINK_SETTLES 1u /* records are settled through weir_task.settle, possibly later and out of order */

typedef struct weir_sink_ops {
  uint32_t struct_size;
  uint32_t flags;
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  uint32_t (*start)(void* self, const weir_error_sink* errors);
  /* New partitions. In: offset = the position the consumer would start at (-1: unknown). Out: where to start (KC
   * context.offset); unchanged = as it is. WEIR_RETRIABLE: opened again after a back-off. NULL: not wanted. */
  uint32_t (*open)(void* self, weir_topic_partition* partitions, size_t count, const weir_error_sink* errors);
  /* Partitions taken away; records of them that are not settled are the next owner's. lost 1: already gone. NULL ok */
  void (*close)(void* self, const weir_topic_partition* partitions, size_t count, uint32_t lost);
  /* Without WEIR_SINK_SETTLES: on WEIR_OK every live record not reported through errors is delivered; on another code
   * none is, and after WEIR_RETRIABLE the same records come again. A record reported as WEIR_RETRIABLE comes again alone,
   * once the dead letters of those reported as bad are safe: so a sink that stores offsets passes no lost one.
   * With it: WEIR_OK = accepted, each is settled later.
   * Called with an empty batch when nothing came for a while (KC). Only live records count. */
  uint32_t (*put)(void* self, weir_batch* batch, const weir_error_sink* errors);
  /* Everything accepted so far should be settled soon: before a commit that somebody waits for. NULL: nothing. */
  uint32_t (*flush)(void* self, const weir_error_sink* errors);
  /* Offsets about to be committed (in: settled watermark); the sink may lower them (KC preCommit). NULL: as they are. */
  uint32_t (*pre_commit)(void* self, weir_topic_partition* offsets, size_t count, const weir_error_sink* errors);
  /* Take no more input, finish or give up what is in flight within deadline_ms. NULL: nothing to do. */
  void (*stop)(void* self, int64_t deadline_ms);
} weir_sink_ops;

typedef struct weir_transform_ops {
  uint32_t struct_size;
  uint32_t flags;
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  /* Changes live records in place, in their arena; sets WEIR_RECORD_DROPPED; reports bad ones by index. WEIR_RETRIABLE for the
   * whole call: no record was changed, the same batch comes again after a back-off. */
  uint32_t (*apply)(void* self, weir_batch* batch, const weir_error_sink* errors);
} weir_transform_ops;

typedef struct weir_predicate_ops {
  uint32_t struct_size;
  uint32_t flags;
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  /* results[i] for every live record: 1 true, 0 false. results has batch->count bytes. */
  uint32_t (*test)(void* self, weir_batch* batch, uint8_t* results, const weir_error_sink* errors);
} weir_predicate_ops;

enum { WEIR_SIDE_KEY = 0, WEIR_SIDE_VALUE = 1 };

typedef struct weir_converter_ops {
  uint32_t struct_size;
  uint32_t flags;
  /* config contains converter.type = key or value. */
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  /* raw_key/raw_value -> key/value and its schema, for every live record. What it points to lives in the arena, in the raw
   * bytes (they live as long as the batch), or as long as the converter. */
  uint32_t (*decode)(void* self, weir_batch* batch, uint32_t side, const weir_error_sink* errors);
  /* key/value and schema -> raw_key/raw_value in the arena. */
  uint32_t (*encode)(void* self, weir_batch* batch, uint32_t side, const weir_error_sink* errors);
} weir_converter_ops;

typedef struct weir_header_converter_ops {
  uint32_t struct_size;
  uint32_t flags;
  void* (*create)(const weir_pair* config, size_t count, const weir_task* task, const weir_error_sink* errors);
  void (*destroy)(void* self);
  /* Fills out->value and out->schema; out->name is set. */
  uint32_t (*decode)(void* self, weir_bytes topic, weir_bytes raw, weir_arena* arena, weir_header* out,
                     const weir_error_sink* errors);
  uint32_t (*encode)(void* self, weir_bytes topic, const weir_header* header, weir_arena* arena, weir_bytes* out,
                     const weir_error_sink* errors);
} weir_header_converter_ops;

typedef struct weir_component {
  uint32_t struct_size;
  uint32_t kind;
  weir_bytes name;    /* "onepass", "ReplaceField$Value": what connector.class or type says */
  weir_bytes version; /* of the plugin when data is NULL */
  weir_bytes documentation;
  const weir_bytes* aliases; /* further accepted names, Java's class names among them; the first one with dots is shown in lists */
  size_t alias_count;
  const weir_config_key* keys;
  size_t key_count;
  size_t key_stride;
  /* Reports every problem at once. Creates nothing and reaches nothing outside. Any thread. */
  void (*validate)(const weir_pair* config, size_t count, const weir_config_errors* errors);
  /* Connectors: how many tasks and with which configs, at most max_tasks. NULL: a source gets one, a sink max_tasks
   * times the connector's config. Any thread; may reach outside. */
  uint32_t (*task_configs)(const weir_pair* config, size_t count, uint32_t max_tasks,
                           const weir_task_config_sink* out, const weir_error_sink* errors);
  const void* ops; /* weir_source_ops ... by kind */
} weir_component;

typedef struct weir_plugin {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor; /* the lowest minor of the host that will do */
  uint32_t reserved;
  weir_bytes name;
  weir_bytes version;
  const weir_component* components;
  size_t component_count;
  size_t component_stride;
} weir_plugin;

/* Process-wide services; lives for ever. */
typedef struct weir_host {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  weir_bytes version; /* Weir's */
} weir_host;

/* The one export. Called once, right after loading, by the loading thread. The result lives for ever. NULL: refused. */
typedef const weir_plugin* (*weir_plugin_entry_fn)(const weir_host* host);

#ifdef __cplusplus
}
#endif
#endif
