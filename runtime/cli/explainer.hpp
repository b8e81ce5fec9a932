// weir transform --explain: a record after every step of its way.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "runtime/cli/record_batch.hpp"
#include "runtime/cli/record_view.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::cli {

/// One thread. `spec` and `stages` are the chain; both outlive this.
class Explainer {
 public:
  Explainer(const pipeline::TaskSpec& spec, pipeline::Stages& stages)
      : spec_(spec), stages_(stages), batch_(stages) {}

  /// One record: a paragraph for people, or with `json` one line. False: the record failed.
  bool explain(const LineRecord& record, bool json, std::ostream& out);
  /// Of the record that failed last.
  const RecordBatch::Failure& failure() const { return failure_; }

 private:
  struct Step {
    std::string name;        ///< in, decoded, transforms.<alias>, out
    std::string class_name;  ///< empty: of no one class
    std::string predicate;   ///< the alias, "" without one
    bool negate{false};
    bool matched{false};  ///< what the predicate said
    bool applied{true};
    std::vector<std::string> hints;
    std::optional<RecordView> record;
    std::vector<std::string> changed;
  };

  Step apply(std::size_t step, const RecordView& before);
  std::string text(const LineRecord& record, const std::vector<Step>& steps);
  std::string json_line(const LineRecord& record, const std::vector<Step>& steps);
  /// Where it failed, as a person looks for it: the key of the config and the class.
  std::string place(const RecordBatch::Failure& failure, const std::vector<Step>& steps) const;

  const pipeline::TaskSpec& spec_;
  pipeline::Stages& stages_;
  RecordBatch batch_;
  RecordBatch::Failure failure_;
  std::size_t number_{0};
};

}  // namespace weir::runtime::cli
