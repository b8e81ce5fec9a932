#include "runtime/cli/record_batch.hpp"

namespace weir::runtime::cli {

RecordBatch::RecordBatch(pipeline::Stages& stages) : stages_(stages) {
  batch_.struct_size = sizeof batch_;
  batch_.record_stride = sizeof(weir_record);
  batch_.arena = arena_.c();
  batch_.host = this;
  batch_.load_headers = [](weir_batch*, weir_record* r) { r->headers_loaded = 1; };
  batch_.append = [](weir_batch*) -> weir_record* { return nullptr; };
}

void RecordBatch::load(const std::vector<LineRecord>& lines) {
  arena_.reset();
  lines_ = &lines;
  records_.assign(lines.size(), weir_record{});
  failures_.clear();
  batch_.records = records_.data();
  batch_.count = records_.size();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const LineRecord& line = lines[i];
    weir_record& r = records_[i];
    r.topic = r.origin_topic = bytes_of(line.topic);
    r.partition = r.origin_partition = line.partition;
    r.origin_offset = line.offset;
    r.timestamp = line.timestamp.value_or(WEIR_NO_TIMESTAMP);
    r.raw_key = line.key ? bytes_of(*line.key) : kAbsent;
    r.raw_value = line.value ? bytes_of(*line.value) : kAbsent;
    r.headers_loaded = 1;
  }
}

void RecordBatch::decode() {
  // Headers first: of several parts that cannot be read, a record is reported for these.
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const auto& headers = (*lines_)[i].headers;
    if (headers.empty()) {
      continue;
    }
    auto* list = Arena(batch_.arena).array<weir_header>(headers.size());
    std::uint32_t n = 0;
    for (const auto& [name, raw] : headers) {
      const auto header = stages_.decode_header(
          &batch_, i, name, raw ? std::optional<std::string_view>(*raw) : std::nullopt);
      if (!header) {
        break;
      }
      list[n++] = *header;
    }
    records_[i].headers = list;
    records_[i].header_count = n;
  }
  note_failures();
  (void)stages_.decode(&batch_);
  note_failures();
}

void RecordBatch::transform(std::size_t from, std::size_t to) {
  if (auto held = stages_.transform(&batch_, from, to); held) {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (live(i)) {
        fail(i, {"TRANSFORMATION", "", stages_.step_name(held->step) + ": " + held->error.message});
      }
    }
  }
  note_failures();
}

void RecordBatch::encode() {
  // Topic and partition stay as the transforms left them: encoding changes neither.
  (void)stages_.encode(&batch_);
  note_failures("OUT");
}

void RecordBatch::note_failures(std::string_view stage) {
  for (auto& failure : stages_.take_failures()) {
    fail(failure.index, {std::string(stage.empty() ? to_string(failure.stage) : stage),
                         std::move(failure.class_name), std::move(failure.error.message)});
  }
}

void RecordBatch::fail(std::size_t index, Failure failure) {
  records_[index].state = WEIR_RECORD_FAILED;
  failures_.try_emplace(index, std::move(failure));
}

const RecordBatch::Failure* RecordBatch::failure(std::size_t i) const {
  const auto it = failures_.find(i);
  return it == failures_.end() ? nullptr : &it->second;
}

std::string RecordBatch::line(std::size_t i) {
  http::JsonWriter out;
  if (dropped(i)) {
    return out.begin_object().member("dropped", true).end_object().take();
  }
  http::JsonWriter headers;
  headers.begin_array();
  if (failure(i) == nullptr) {
    (void)stages_.encode_headers(
        &batch_, i, [&](std::string_view name, auto raw) { write_header(headers, name, raw); });
    note_failures("OUT");
  }
  if (const Failure* failed = failure(i)) {
    out.begin_object().member("error", failed->stage);
    return out.member("message", failed->message).end_object().take();
  }
  Record r = record(i);
  out.begin_object().member("topic", r.topic());
  if (r.partition()) {
    out.member("partition", *r.partition());
  }
  if (r.timestamp()) {
    out.member("timestamp", *r.timestamp());
  }
  write_bytes(out, "key", r.raw(Side::key));
  write_bytes(out, "value", r.raw(Side::value));
  return out.key("headers").raw(headers.end_array().take()).end_object().take();
}

}  // namespace weir::runtime::cli
