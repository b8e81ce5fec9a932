#include "runtime/kafka/properties.hpp"

#include <algorithm>
#include <array>

namespace weir::runtime::kafka {
namespace {

constexpr Scope kBoth = Scope::both;
constexpr Scope kConsumer = Scope::consumer;
constexpr Scope kProducer = Scope::producer;

constexpr NativeProperty kNative[] = {
    {"acks", kProducer},
    {"allow.auto.create.topics", kBoth},
    {"api.version.fallback.ms", kBoth},
    {"api.version.request", kBoth},
    {"api.version.request.timeout.ms", kBoth},
    {"auto.commit.enable", kConsumer},
    {"auto.commit.interval.ms", kConsumer},
    {"auto.offset.reset", kConsumer},
    {"background_event_cb", kBoth},
    {"batch.num.messages", kProducer},
    {"batch.size", kProducer},
    {"bootstrap.servers", kBoth},
    {"broker.address.family", kBoth},
    {"broker.address.ttl", kBoth},
    {"broker.version.fallback", kBoth},
    {"builtin.features", kBoth},
    {"check.crcs", kConsumer},
    {"client.dns.lookup", kBoth, true},
    {"client.id", kBoth},
    {"client.rack", kBoth},
    {"closesocket_cb", kBoth},
    {"compression.codec", kProducer},
    {"compression.level", kProducer},
    {"compression.type", kProducer},
    {"connect_cb", kBoth},
    {"connections.max.idle.ms", kBoth},
    {"consume.callback.max.messages", kConsumer},
    {"consume_cb", kConsumer},
    {"coordinator.query.interval.ms", kConsumer},
    {"debug", kBoth},
    {"default_topic_conf", kBoth},
    {"delivery.report.only.error", kProducer},
    {"delivery.timeout.ms", kProducer},
    {"dr_cb", kProducer},
    {"dr_msg_cb", kProducer},
    {"enable.auto.commit", kConsumer},
    {"enable.auto.offset.store", kConsumer},
    {"enable.gapless.guarantee", kProducer},
    {"enable.idempotence", kProducer},
    {"enable.metrics.push", kBoth, true},
    {"enable.partition.eof", kConsumer},
    {"enable.random.seed", kBoth},
    {"enable.sasl.oauthbearer.unsecure.jwt", kBoth},
    {"enable.ssl.certificate.verification", kBoth},
    {"enabled_events", kBoth},
    {"error_cb", kBoth},
    {"fetch.error.backoff.ms", kConsumer},
    {"fetch.max.bytes", kConsumer},
    {"fetch.message.max.bytes", kConsumer},
    {"fetch.min.bytes", kConsumer},
    {"fetch.queue.backoff.ms", kConsumer, true},
    {"fetch.wait.max.ms", kConsumer},
    {"group.id", kConsumer},
    {"group.instance.id", kConsumer},
    {"group.protocol", kConsumer, true},
    {"group.protocol.type", kConsumer},
    {"group.remote.assignor", kConsumer, true},
    {"heartbeat.interval.ms", kConsumer},
    {"https.ca.location", kBoth, true},
    {"https.ca.pem", kBoth, true},
    {"interceptors", kBoth},
    {"internal.termination.signal", kBoth},
    {"isolation.level", kConsumer},
    {"linger.ms", kProducer},
    {"log.connection.close", kBoth},
    {"log.queue", kBoth},
    {"log.thread.name", kBoth},
    {"log_cb", kBoth},
    {"log_level", kBoth},
    {"max.in.flight", kBoth},
    {"max.in.flight.requests.per.connection", kBoth},
    {"max.partition.fetch.bytes", kConsumer},
    {"max.poll.interval.ms", kConsumer},
    {"message.copy.max.bytes", kBoth},
    {"message.max.bytes", kBoth},
    {"message.send.max.retries", kProducer},
    {"message.timeout.ms", kProducer},
    {"metadata.broker.list", kBoth},
    {"metadata.max.age.ms", kBoth},
    {"metadata.recovery.rebootstrap.trigger.ms", kBoth, true},
    {"metadata.recovery.strategy", kBoth, true},
    {"msg_order_cmp", kProducer},
    {"oauthbearer_token_refresh_cb", kBoth},
    {"offset.store.method", kConsumer},
    {"offset.store.path", kConsumer},
    {"offset.store.sync.interval.ms", kConsumer},
    {"offset_commit_cb", kConsumer},
    {"opaque", kBoth},
    {"open_cb", kBoth},
    {"partition.assignment.strategy", kConsumer},
    {"partitioner", kProducer},
    {"partitioner_cb", kProducer},
    {"plugin.library.paths", kBoth},
    {"produce.offset.report", kProducer},
    {"queue.buffering.backpressure.threshold", kProducer},
    {"queue.buffering.max.kbytes", kProducer},
    {"queue.buffering.max.messages", kProducer},
    {"queue.buffering.max.ms", kProducer},
    {"queued.max.messages.kbytes", kConsumer},
    {"queued.min.messages", kConsumer},
    {"queuing.strategy", kProducer},
    {"rebalance_cb", kConsumer},
    {"receive.message.max.bytes", kBoth},
    {"reconnect.backoff.jitter.ms", kBoth},
    {"reconnect.backoff.max.ms", kBoth},
    {"reconnect.backoff.ms", kBoth},
    {"request.required.acks", kProducer},
    {"request.timeout.ms", kProducer},
    {"resolve_cb", kBoth},
    {"retries", kProducer},
    {"retry.backoff.max.ms", kBoth, true},
    {"retry.backoff.ms", kBoth},
    {"sasl.kerberos.keytab", kBoth},
    {"sasl.kerberos.kinit.cmd", kBoth},
    {"sasl.kerberos.min.time.before.relogin", kBoth},
    {"sasl.kerberos.principal", kBoth},
    {"sasl.kerberos.service.name", kBoth},
    {"sasl.mechanism", kBoth},
    {"sasl.mechanisms", kBoth},
    {"sasl.oauthbearer.client.id", kBoth},
    {"sasl.oauthbearer.client.secret", kBoth},
    {"sasl.oauthbearer.config", kBoth},
    {"sasl.oauthbearer.extensions", kBoth},
    {"sasl.oauthbearer.method", kBoth},
    {"sasl.oauthbearer.scope", kBoth},
    {"sasl.oauthbearer.token.endpoint.url", kBoth},
    {"sasl.password", kBoth},
    {"sasl.username", kBoth},
    {"security.protocol", kBoth},
    {"session.timeout.ms", kConsumer},
    {"socket.blocking.max.ms", kBoth},
    {"socket.connection.setup.timeout.ms", kBoth},
    {"socket.keepalive.enable", kBoth},
    {"socket.max.fails", kBoth},
    {"socket.nagle.disable", kBoth},
    {"socket.receive.buffer.bytes", kBoth},
    {"socket.send.buffer.bytes", kBoth},
    {"socket.timeout.ms", kBoth},
    {"socket_cb", kBoth},
    {"ssl.ca.certificate.stores", kBoth},
    {"ssl.ca.location", kBoth},
    {"ssl.ca.pem", kBoth},
    {"ssl.certificate.location", kBoth},
    {"ssl.certificate.pem", kBoth},
    {"ssl.certificate.verify_cb", kBoth},
    {"ssl.cipher.suites", kBoth},
    {"ssl.crl.location", kBoth},
    {"ssl.curves.list", kBoth},
    {"ssl.endpoint.identification.algorithm", kBoth},
    {"ssl.engine.id", kBoth},
    {"ssl.engine.location", kBoth},
    {"ssl.key.location", kBoth},
    {"ssl.key.password", kBoth},
    {"ssl.key.pem", kBoth},
    {"ssl.keystore.location", kBoth},
    {"ssl.keystore.password", kBoth},
    {"ssl.providers", kBoth},
    {"ssl.sigalgs.list", kBoth},
    {"ssl_ca", kBoth},
    {"ssl_certificate", kBoth},
    {"ssl_engine_callback_data", kBoth},
    {"ssl_key", kBoth},
    {"statistics.interval.ms", kBoth},
    {"stats_cb", kBoth},
    {"sticky.partitioning.linger.ms", kProducer},
    {"throttle_cb", kBoth},
    {"topic.blacklist", kBoth},
    {"topic.metadata.propagation.max.ms", kBoth},
    {"topic.metadata.refresh.fast.cnt", kBoth},
    {"topic.metadata.refresh.fast.interval.ms", kBoth},
    {"topic.metadata.refresh.interval.ms", kBoth},
    {"topic.metadata.refresh.sparse", kBoth},
    {"transaction.timeout.ms", kProducer},
    {"transactional.id", kProducer},
};

constexpr JavaTreatment kRename = JavaTreatment::rename;
constexpr JavaTreatment kTranslate = JavaTreatment::translate;
constexpr JavaTreatment kNone = JavaTreatment::no_counterpart;

// Names that mean the same in both are not here; those that are shared but differ in their values
// are (translate).
constexpr JavaProperty kJava[] = {
    {"fetch.max.wait.ms", kRename, "fetch.wait.max.ms", kConsumer},
    {"max.request.size", kRename, "message.max.bytes", kProducer},
    {"ssl.truststore.certificates", kRename, "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", kRename, "ssl.certificate.pem"},
    {"ssl.keystore.key", kRename, "ssl.key.pem"},
    {"socket.connection.setup.timeout.max.ms", kRename, "socket.connection.setup.timeout.ms"},
    {"acks", kTranslate, "", kProducer},
    {"auto.offset.reset", kTranslate, "", kConsumer},
    {"batch.size", kTranslate, "", kProducer},
    {"buffer.memory", kTranslate, "", kProducer},
    {"client.dns.lookup", kTranslate},
    {"delivery.timeout.ms", kTranslate, "", kProducer},
    {"enable.auto.commit", kTranslate, "", kConsumer},
    {"fetch.max.bytes", kTranslate, "", kConsumer},
    {"group.protocol", kTranslate, "", kConsumer},
    {"max.block.ms", kTranslate, "", kProducer},
    {"max.poll.interval.ms", kTranslate, "", kConsumer},
    {"max.poll.records", kTranslate, "", kConsumer},
    {"metadata.max.age.ms", kTranslate},
    {"partition.assignment.strategy", kTranslate, "", kConsumer},
    {"partitioner.class", kTranslate, "", kProducer},
    {"partitioner.ignore.keys", kTranslate, "", kProducer},
    {"receive.buffer.bytes", kTranslate},
    {"request.timeout.ms", kTranslate},
    {"sasl.jaas.config", kTranslate},
    {"send.buffer.bytes", kTranslate},
    {"ssl.endpoint.identification.algorithm", kTranslate},
    {"ssl.keystore.location", kTranslate},
    {"ssl.keystore.password", kTranslate},
    {"ssl.keystore.type", kTranslate},
    {"ssl.truststore.location", kTranslate},
    {"ssl.truststore.password", kTranslate},
    {"ssl.truststore.type", kTranslate},
    {"auto.include.jmx.reporter", kNone},
    {"bootstrap.controllers", kNone},
    {"compression.gzip.level", kNone},
    {"compression.lz4.level", kNone},
    {"compression.zstd.level", kNone},
    {"config.providers", kNone},
    {"default.api.timeout.ms", kNone},
    {"exclude.internal.topics", kNone},
    {"interceptor.classes", kNone},
    {"key.deserializer", kNone},
    {"key.serializer", kNone},
    {"metric.reporters", kNone},
    {"metrics.num.samples", kNone},
    {"metrics.recording.level", kNone},
    {"metrics.sample.window.ms", kNone},
    {"partitioner.adaptive.partitioning.enable", kNone},
    {"partitioner.availability.timeout.ms", kNone},
    {"sasl.kerberos.ticket.renew.jitter", kNone},
    {"sasl.kerberos.ticket.renew.window.factor", kNone},
    {"sasl.login.connect.timeout.ms", kNone},
    {"sasl.login.read.timeout.ms", kNone},
    {"sasl.login.refresh.buffer.seconds", kNone},
    {"sasl.login.refresh.min.period.seconds", kNone},
    {"sasl.login.refresh.window.factor", kNone},
    {"sasl.login.refresh.window.jitter", kNone},
    {"sasl.login.retry.backoff.max.ms", kNone},
    {"sasl.login.retry.backoff.ms", kNone},
    {"sasl.oauthbearer.clock.skew.seconds", kNone},
    {"sasl.oauthbearer.expected.audience", kNone},
    {"sasl.oauthbearer.expected.issuer", kNone},
    {"sasl.oauthbearer.header.urlencode", kNone},
    {"sasl.oauthbearer.jwks.endpoint.refresh.ms", kNone},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", kNone},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", kNone},
    {"sasl.oauthbearer.jwks.endpoint.url", kNone},
    {"sasl.oauthbearer.scope.claim.name", kNone},
    {"sasl.oauthbearer.sub.claim.name", kNone},
    {"security.providers", kNone},
    {"ssl.enabled.protocols", kNone},
    {"ssl.keymanager.algorithm", kNone},
    {"ssl.protocol", kNone},
    {"ssl.provider", kNone},
    {"ssl.secure.random.implementation", kNone},
    {"ssl.trustmanager.algorithm", kNone},
    {"throw.on.fetch.stable.offset.unsupported", kNone},
    {"transaction.two.phase.commit.enable", kNone},
    {"value.deserializer", kNone},
    {"value.serializer", kNone},
};

constexpr JavaProperty kAnyClass{"*.class", kNone};

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

const NativeProperty* find_native_property(std::string_view key) noexcept {
  const auto* found = std::find_if(std::begin(kNative), std::end(kNative),
                                   [&](const NativeProperty& p) { return p.name == key; });
  return found == std::end(kNative) ? nullptr : found;
}

const JavaProperty* find_java_property(std::string_view key) noexcept {
  const auto* found = std::find_if(std::begin(kJava), std::end(kJava),
                                   [&](const JavaProperty& p) { return p.name == key; });
  if (found != std::end(kJava)) {
    return found;
  }
  return key.ends_with(".class") || key.ends_with(".classes") ? &kAnyClass : nullptr;
}

bool is_client_property(std::string_view key) noexcept {
  return find_native_property(key) != nullptr || find_java_property(key) != nullptr;
}

std::vector<std::string> client_property_names() {
  std::vector<std::string> out;
  for (const NativeProperty& p : kNative) {
    out.emplace_back(p.name);
  }
  for (const JavaProperty& p : kJava) {
    out.emplace_back(p.name);
  }
  return out;
}

bool is_secret_property(std::string_view key) noexcept {
  if (!is_client_property(key)) {
    return true;
  }
  for (std::string_view part :
       {"password", "secret", "jaas", ".pem", "ssl_", "ssl.keystore.key",
        "ssl.keystore.certificate", "ssl.truststore.certificates", "sasl.oauthbearer.config",
        "sasl.oauthbearer.extensions", "kinit"}) {
    if (contains(key, part)) {
      return true;
    }
  }
  return false;
}

}  // namespace weir::runtime::kafka
