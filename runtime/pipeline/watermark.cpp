#include "runtime/pipeline/watermark.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace weir::runtime::pipeline {

void Watermark::add(std::shared_ptr<ConsumedBatch> batch) {
  Entry entry;
  entry.records = batch->size();
  entry.bytes = batch->bytes();
  // Records of one partition come in runs: look the map up once per run.
  const void* last_topic = nullptr;
  std::int32_t last_partition = -1;
  std::int64_t* end = nullptr;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const kafka::Message& m = batch->message(i);
    if (end == nullptr || m.topic_id() != last_topic || m.partition() != last_partition) {
      last_topic = m.topic_id();
      last_partition = m.partition();
      end = &entry.ends[{std::string(m.topic()), m.partition()}];
    }
    *end = m.offset() + 1;
  }
  records_ += entry.records;
  bytes_ += entry.bytes;
  entry.batch = std::move(batch);
  open_.push_back(std::move(entry));
}

void Watermark::sweep() {
  for (Entry& e : open_) {
    if (e.batch != nullptr && e.batch->unsettled() == 0) {
      records_ -= e.records;
      bytes_ -= e.bytes;
      e.batch.reset();
    }
  }
  std::erase_if(orphans_, [](const auto& batch) { return batch->unsettled() == 0; });
  while (!open_.empty() && open_.front().batch == nullptr) {
    for (const auto& [tp, end] : open_.front().ends) {
      done_[tp] = end;
    }
    open_.pop_front();
  }
}

std::vector<kafka::TopicPartitionOffset> Watermark::committable() {
  sweep();
  Positions now = done_;
  std::set<kafka::TopicPartition> blocked;
  for (const Entry& e : open_) {
    if (e.batch == nullptr) {
      for (const auto& [tp, end] : e.ends) {
        if (!blocked.contains(tp)) {
          now[tp] = end;
        }
      }
      continue;
    }
    for (std::size_t i = 0; i < e.batch->size(); ++i) {
      const kafka::Message& m = e.batch->message(i);
      kafka::TopicPartition tp{std::string(m.topic()), m.partition()};
      if (!e.ends.contains(tp) || blocked.contains(tp)) {
        continue;
      }
      if (e.batch->settled(i)) {
        now[tp] = m.offset() + 1;
      } else {
        blocked.insert(std::move(tp));
      }
    }
  }
  std::vector<kafka::TopicPartitionOffset> out;
  for (const auto& [tp, offset] : now) {
    const auto it = committed_.find(tp);
    if (it == committed_.end() || it->second != offset) {
      out.push_back({tp.topic, tp.partition, offset});
    }
  }
  return out;
}

void Watermark::committed(const std::vector<kafka::TopicPartitionOffset>& offsets) {
  for (const auto& o : offsets) {
    committed_[{o.topic, o.partition}] = o.offset;
  }
}

void Watermark::forget(const std::vector<kafka::TopicPartition>& partitions) {
  for (const auto& tp : partitions) {
    done_.erase(tp);
    committed_.erase(tp);
    for (Entry& e : open_) {
      e.ends.erase(tp);
    }
  }
  std::erase_if(open_, [this](const Entry& e) {
    if (!e.ends.empty()) {
      return false;
    }
    if (e.batch != nullptr) {
      records_ -= e.records;
      bytes_ -= e.bytes;
      if (e.batch->unsettled() > 0) {
        orphans_.push_back(e.batch);
      }
    }
    return true;
  });
}

std::shared_ptr<ConsumedBatch> Watermark::find(const ConsumedBatch* batch) const {
  for (const Entry& e : open_) {
    if (e.batch.get() == batch) {
      return e.batch;
    }
  }
  for (const auto& orphan : orphans_) {
    if (orphan.get() == batch) {
      return orphan;
    }
  }
  return nullptr;
}

std::size_t Watermark::unsettled() const noexcept {
  std::size_t n = 0;
  for (const Entry& e : open_) {
    n += e.batch == nullptr ? 0 : e.batch->unsettled();
  }
  return n;
}

void Watermark::clear() {
  open_.clear();
  orphans_.clear();
  done_.clear();
  committed_.clear();
  records_ = bytes_ = 0;
}

}  // namespace weir::runtime::pipeline
