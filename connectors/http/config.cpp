#include "config.hpp"

namespace weir::connectors::http {

ConfigDef<Config> describe_http() {
  using C = Config;
  return ConfigDef<C>{}
      .field("http.api.url", &C::url,
             "Where requests go; a template (`${topic} ${partition} ${offset} ${timestamp} ${key} ${key.a} ${value.a} "
             "${header.x}`, `${a|b}`), every substituted part percent-encoded. Scheme, host and port are fixed.")
      .required()
      .importance(Importance::high)
      .group("Request")
      .alias("http.url")
      .field("request.method", &C::method, "POST, PUT or PATCH.")
      .one_of({"POST", "PUT", "PATCH"})
      .group("Request")
      .field("headers", &C::headers, "Further headers, `Name: value`, joined by `header.separator`; values may be templates.")
      .group("Request")
      .alias("http.headers.additional")
      .field("header.separator", &C::header_separator, "Stands between two entries of `headers`.")
      .non_empty()
      .group("Request")
      .field("headers.forward.include", &C::forwarded_headers, "Globs: Kafka headers that are sent along.")
      .group("Request")
      .choice("request.body.format", &C::body_format,
              {{"json", BodyFormat::json},
               {"string", BodyFormat::string},
               {"raw", BodyFormat::raw},
               {"template", BodyFormat::text_template}},
              "`json`: the value as JSON; `string`: texts as they are, else JSON; `raw`: bytes as they are; `template`.")
      .group("Request")
      .field("request.body.template", &C::body_template,
             "The body for `request.body.format=template`; substituted parts are escaped as inside a JSON string.")
      .group("Request")
      .field("request.max.bytes", &C::request_max_bytes, "A longer body is a bad record.")
      .at_least(1)
      .group("Request")
      .field("response.max.bytes", &C::response_max_bytes, "A longer answer is cut off and counts as retriable.")
      .at_least(1)
      .group("Request")
      .choice("behavior.on.null.values", &C::null_values,
              {{"ignore", NullValues::ignore},
               {"fail", NullValues::fail},
               {"log", NullValues::log},
               {"dlq", NullValues::dlq},
               {"delete", NullValues::remove}},
              "What a tombstone does; `delete` sends DELETE to the URL.")
      .group("Request")
      .field("idempotency.header", &C::idempotency_header, "Header that carries the idempotency key; empty: none.")
      .group("Request")
      .field("idempotency.key.template", &C::idempotency_template,
             "The key, the same at every try; `${topic}` is the topic consumed from. A batch sends the SHA-256 of its members' keys.")
      .group("Request")
      .field("auth.type", &C::auth, "Any of none, basic, bearer, api_key, oauth2, hmac; `api_key,hmac` sends both.")
      .importance(Importance::high)
      .group("Authentication")
      .field("connection.user", &C::user, "User for basic.")
      .group("Authentication")
      .field("connection.password", &C::password, "Password for basic.")
      .group("Authentication")
      .field("auth.bearer.token", &C::bearer_token, "Token for bearer.")
      .group("Authentication")
      .field("auth.api.key.name", &C::api_key_name, "Header or query parameter for api_key.")
      .non_empty()
      .group("Authentication")
      .field("auth.api.key.value", &C::api_key, "The key for api_key.")
      .group("Authentication")
      .choice("auth.api.key.in", &C::api_key_in, {{"header", KeyPlace::header}, {"query", KeyPlace::query}},
              "Where the key goes.")
      .group("Authentication")
      .field("oauth2.token.url", &C::token_url, "Token endpoint for the client credentials grant.")
      .group("Authentication")
      .alias("oauth2.access.token.url")
      .field("oauth2.client.id", &C::client_id, "Client id.")
      .group("Authentication")
      .field("oauth2.client.secret", &C::client_secret, "Client secret.")
      .group("Authentication")
      .field("oauth2.client.scope", &C::scope, "Scope asked for.")
      .group("Authentication")
      .field("oauth2.client.audience", &C::audience, "Audience asked for.")
      .group("Authentication")
      .field("oauth2.token.property", &C::token_property, "Member of the token answer that holds the token.")
      .non_empty()
      .group("Authentication")
      .alias("oauth2.response.token.property")
      .choice("oauth2.client.auth.mode", &C::token_auth, {{"header", TokenAuth::header}, {"body", TokenAuth::body}},
              "Client id and secret as a basic Authorization header, or in the form.")
      .group("Authentication")
      .alias("oauth2.client.authorization.mode")
      .field("oauth2.refresh.skew.ms", &C::refresh_skew, "A token is renewed this long before it expires.")
      .at_least(0)
      .group("Authentication")
      .field("hmac.secret", &C::hmac_secret, "Key of the signature.")
      .group("Authentication")
      .choice("hmac.algorithm", &C::hmac_algorithm,
              {{"HmacSHA1", HmacAlgorithm::sha1},
               {"HmacSHA256", HmacAlgorithm::sha256},
               {"HmacSHA512", HmacAlgorithm::sha512}},
              "Algorithm of the signature, which is sent as lower-case hex.")
      .group("Authentication")
      .field("hmac.header", &C::hmac_header, "Header that carries the signature; the time signed goes into `X-Timestamp`.")
      .non_empty()
      .group("Authentication")
      .field("hmac.string.to.sign", &C::string_to_sign,
             "What is signed, at each try anew: `${timestamp}` (Unix seconds), `${body}`, `${method}`, `${path}`.")
      .non_empty()
      .group("Authentication")
      .field("https.ssl.truststore.location", &C::truststore, "PEM file of trusted authorities; empty: the system's.")
      .group("TLS")
      .field("https.ssl.keystore.location", &C::keystore, "PEM file with the client certificate and its chain.")
      .group("TLS")
      .field("https.ssl.key.location", &C::key_file, "PEM file with the client's private key.")
      .group("TLS")
      .field("https.ssl.key.password", &C::key_password, "Password of the private key.")
      .group("TLS")
      .field("https.ssl.verify.hostname", &C::verify_hostname, "Whether the certificate must be for the host asked.")
      .group("TLS")
      .field("https.ssl.min.version", &C::min_tls, "Oldest TLS version spoken.")
      .one_of({"TLSv1.2", "TLSv1.3"})
      .group("TLS")
      .field("http.connect.timeout.ms", &C::connect_timeout, "Limit for name look-up, connecting and TLS.")
      .at_least(1)
      .group("Connection")
      .field("http.request.timeout.ms", &C::request_timeout, "Limit for one request, connecting included.")
      .at_least(1)
      .group("Connection")
      .field("http.keepalive.idle.ms", &C::keepalive_idle, "A connection idle for longer is not used again.")
      .at_least(0)
      .group("Connection")
      .field("http.max.connections", &C::max_connections,
             "Connections of a task to the endpoint. On HTTP/1.1 also the limit of requests under way.")
      .between(1, 1000)
      .group("Connection")
      .choice("http.version", &C::version,
              {{"auto", HttpVersion::automatic}, {"1.1", HttpVersion::http1}, {"2", HttpVersion::http2}},
              "`auto`: HTTP/2 where TLS negotiates it, else 1.1; `2` over http:// means prior knowledge.")
      .group("Connection")
      .field("batch.max.size", &C::batch_size, "Records per request.")
      .at_least(1)
      .group("Batching")
      .field("batch.max.bytes", &C::batch_bytes, "Bytes per request.")
      .at_least(1)
      .group("Batching")
      .field("batch.linger.ms", &C::linger, "How long a record waits for others to fill a request.")
      .at_least(0)
      .group("Batching")
      .field("batch.prefix", &C::batch_prefix, "Before the first record of a batch.")
      .group("Batching")
      .field("batch.separator", &C::batch_separator, "Between two records of a batch.")
      .group("Batching")
      .field("batch.suffix", &C::batch_suffix, "After the last record of a batch.")
      .group("Batching")
      .field("batch.json.as.array", &C::batch_as_array, "The body is a JSON array of the records, also of a single one.")
      .group("Batching")
      .field("batch.key.pattern", &C::batch_key_pattern, "Template: records that expand it differently never share a request.")
      .group("Batching")
      .field("max.retries", &C::max_retries,
             "Retries of a record; only tries made while the breaker is CLOSED count. Spent: a bad record, retries_exhausted.")
      .at_least(0)
      .group("Retries")
      .alias("http.max.retries")
      .field("retry.total.timeout.ms", &C::retry_total, "Time for all retries of a record while the breaker is CLOSED.")
      .at_least(0)
      .group("Retries")
      .choice("retry.backoff.policy", &C::backoff_policy,
              {{"EXPONENTIAL_WITH_JITTER", BackoffPolicy::exponential_with_jitter},
               {"CONSTANT_VALUE", BackoffPolicy::constant_value}},
              "How the pause between retries grows.")
      .group("Retries")
      .field("retry.backoff.ms", &C::backoff, "First pause between retries; full jitter.")
      .at_least(0)
      .group("Retries")
      .field("retry.backoff.max.ms", &C::backoff_max, "Longest pause between retries.")
      .at_least(0)
      .group("Retries")
      .field("retry.respect.retry.after", &C::respect_retry_after, "Whether Retry-After decides when to go on.")
      .group("Retries")
      .field("retry.after.max.ms", &C::retry_after_max, "A longer Retry-After is cut to this.")
      .at_least(0)
      .group("Retries")
      .field("success.on.status.codes", &C::success_codes, "Codes and ranges that mean delivered.")
      .group("Outcomes")
      .field("retry.on.status.codes", &C::retry_codes, "Codes and ranges that are tried again; so are codes in no list.")
      .group("Outcomes")
      .field("dlq.on.status.codes", &C::dlq_codes, "Codes and ranges that make a bad record; never 401, 403, 407, 429.")
      .group("Outcomes")
      .field("dlq.storm.threshold", &C::storm_threshold,
             "Per cent of the last answers that called the record bad: from there on records are kept and the breaker opens. 0: off.")
      .between(0, 100)
      .group("Outcomes")
      .field("dlq.storm.window", &C::storm_window, "Answers that `dlq.storm.threshold` looks at.")
      .at_least(1)
      .group("Outcomes")
      .choice("ordering.mode", &C::ordering,
              {{"none", Ordering::none}, {"key", Ordering::key}, {"partition", Ordering::partition}},
              "What stays in order: records of a key, of a partition, or nothing.")
      .group("Concurrency")
      .choice("concurrency.mode", &C::concurrency,
              {{"adaptive", ConcurrencyMode::adaptive}, {"fixed", ConcurrencyMode::fixed}},
              "Whether the number of requests under way follows the endpoint's answers.")
      .group("Concurrency")
      .field("concurrency.max", &C::concurrency_max, "Requests of a task under way at most.")
      .between(1, 10'000)
      .group("Concurrency")
      .field("concurrency.initial", &C::concurrency_initial, "Requests under way at start and after an outage (adaptive).")
      .at_least(1)
      .group("Concurrency")
      .field("breaker.name", &C::breaker_name, "The circuit breaker shared by all that name it; default host:port of the URL.")
      .group("Concurrency")
      .check([](const C& config, ConfigProblems& problems) { (void)Settings::make(config, problems); });
}

}  // namespace weir::connectors::http
