// A sink: appends each value as a line of JSON to a file.
#pragma once

#include <weir/json.hpp>
#include <weir/plugin.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace example {

struct FileLinesConfig {
  std::string path;
};

class FileLinesSink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "file_lines";
  static constexpr std::string_view kDoc = "Appends each value as a line of JSON to a file.";

  static weir::ConfigDef<FileLinesConfig> describe() {
    return weir::ConfigDef<FileLinesConfig>{}.field("path", &FileLinesConfig::path, "The file; made when missing.").required().non_empty();
  }

  explicit FileLinesSink(FileLinesConfig config) : config_(std::move(config)) {}

  weir::Result<void> start() override {
    file_.reset(std::fopen(config_.path.c_str(), "ae"));
    if (!file_) {
      return weir::bad_config("path: cannot open " + config_.path + ": " + std::strerror(errno));
    }
    return {};
  }

  weir::Result<void> put(weir::Batch& batch) override {
    text_.clear();
    for (weir::Record record : batch) {
      weir::json::write(record.value(), text_);
      text_ += '\n';
    }
    // One write for the batch: on an error none of it counts as delivered, and the same records come again.
    if (std::fwrite(text_.data(), 1, text_.size(), file_.get()) != text_.size() || std::fflush(file_.get()) != 0) {
      return weir::retriable("cannot write to " + config_.path + ": " + std::strerror(errno));
    }
    return {};
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  FileLinesConfig config_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string text_;
};

}  // namespace example
