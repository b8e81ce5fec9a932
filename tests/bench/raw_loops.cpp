#include "bench/raw_loops.hpp"

#include <librdkafka/rdkafka.h>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/receipts.hpp"

namespace weir::bench {
namespace {

struct Destroy {
  void operator()(rd_kafka_t* rk) const { rd_kafka_destroy(rk); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;

Client make(rd_kafka_type_t type, const std::vector<std::pair<std::string, std::string>>& settings) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(error);
    }
  }
  rd_kafka_t* rk = rd_kafka_new(type, conf, error, sizeof error);
  if (rk == nullptr) {
    throw std::runtime_error(error);
  }
  return Client(rk);
}

void send(rd_kafka_t* rk, rd_kafka_topic_t* topic, const std::string& key, const std::string& value) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()), value.size(),
                          key.empty() ? nullptr : key.data(), key.size(), nullptr) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      throw std::runtime_error(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(rk, 50);
  }
  rd_kafka_poll(rk, 0);
}

}  // namespace

void raw_consume(const std::string& bootstrap, const std::string& topic, std::uint64_t count) {
  const Client rk = make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", bootstrap}, {"group.id", "raw"}, {"enable.auto.commit", "false"}});
  rd_kafka_topic_t* handle = rd_kafka_topic_new(rk.get(), topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(rk.get(), 0, handle, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error("no metadata of " + topic);
  }
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(8);
  for (int p = 0; p < metadata->topics[0].partition_cnt; ++p) {
    rd_kafka_topic_partition_list_add(list, topic.c_str(), p)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(handle);
  rd_kafka_poll_set_consumer(rk.get());
  rd_kafka_assign(rk.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
  for (std::uint64_t n = 0; n < count;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(rk.get(), 1000);
    if (message != nullptr) {
      n += message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
      rd_kafka_message_destroy(message);
    }
  }
  rd_kafka_consumer_close(rk.get());
}

void raw_produce(const std::string& bootstrap, const std::string& topic, std::uint64_t count, bool flat) {
  const Client rk = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}, {"partitioner", "murmur2_random"}});
  rd_kafka_topic_t* handle = rd_kafka_topic_new(rk.get(), topic.c_str(), nullptr);
  std::string key;
  std::string document;
  for (std::uint64_t i = 0; i < count; ++i) {
    flat ? make_flat(42, i, key, document) : make_receipt(42, i, key, document);
    send(rk.get(), handle, key, document);
  }
  rd_kafka_flush(rk.get(), 120000);
  rd_kafka_topic_destroy(handle);
}

void raw_produce_lines(const std::string& bootstrap, const std::string& topic, const std::string& file) {
  const Client rk = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}});
  rd_kafka_topic_t* handle = rd_kafka_topic_new(rk.get(), topic.c_str(), nullptr);
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    send(rk.get(), handle, {}, line);
  }
  rd_kafka_flush(rk.get(), 120000);
  rd_kafka_topic_destroy(handle);
}

}  // namespace weir::bench
