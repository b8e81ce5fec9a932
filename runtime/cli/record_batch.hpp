// Records as lines on their way through a chain of converters and transforms.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>
#include <weir/arena.hpp>
#include <weir/record.hpp>

#include "runtime/cli/record_lines.hpp"
#include "runtime/pipeline/stages.hpp"

namespace weir::runtime::cli {

/// One thread. load(), then the stages in their order, then the lines.
class RecordBatch {
 public:
  struct Failure {
    std::string stage;  ///< as in the headers of dead letters; OUT: the result cannot be encoded
    std::string class_name;  ///< what was executing; may be empty
    std::string message;
  };

  explicit RecordBatch(pipeline::Stages& stages);
  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  /// The records are views into `lines`. What was loaded before is gone.
  void load(const std::vector<LineRecord>& lines);
  void decode();
  /// Steps from `from` up to `to`.
  void transform(std::size_t from = 0, std::size_t to = pipeline::Stages::kAllSteps);
  void encode();

  std::size_t size() const { return records_.size(); }
  Record record(std::size_t i) { return {&batch_, i}; }
  bool live(std::size_t i) const { return records_[i].state == WEIR_RECORD_LIVE; }
  bool dropped(std::size_t i) const { return records_[i].state == WEIR_RECORD_DROPPED; }
  const Failure* failure(std::size_t i) const;

  /// {"topic",...}, {"dropped":true} or {"error":STAGE,"message":...}; after encode().
  std::string line(std::size_t i);

 private:
  void note_failures(std::string_view stage = {});
  void fail(std::size_t index, Failure failure);

  pipeline::Stages& stages_;
  OwnedArena arena_;
  const std::vector<LineRecord>* lines_{nullptr};
  std::vector<weir_record> records_;
  weir_batch batch_{};
  std::map<std::size_t, Failure> failures_;
};

}  // namespace weir::runtime::cli
