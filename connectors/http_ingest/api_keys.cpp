#include "api_keys.hpp"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>
#include <weir/config_def.hpp>

namespace weir::connectors::http_ingest {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

}  // namespace

bool Principal::may_write(std::string_view topic) const {
  return std::any_of(topics.begin(), topics.end(),
                     [&](const std::string& name) { return name == "*" || name == topic; });
}

Result<ApiKeyTable> ApiKeyTable::parse(std::string_view text) {
  ApiKeyTable table;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = detail::trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    std::string_view parts[4];
    for (std::size_t i = 0; i < 4; ++i) {
      const auto colon = i < 3 ? line.find(':') : std::string_view::npos;
      if (i < 3 && colon == std::string_view::npos) {
        return bad_config("line " + std::to_string(number) + " is not id:sha256:plan:topics");
      }
      parts[i] = detail::trim(line.substr(0, colon));
      line.remove_prefix(colon == std::string_view::npos ? line.size() : colon + 1);
    }
    const auto digest = parse_digest(parts[1]);
    if (parts[0].empty() || !digest) {
      return bad_config(
          "line " + std::to_string(number) +
          (parts[0].empty() ? " has no id" : " has no SHA-256 in hexadecimal digits"));
    }
    auto principal = std::make_shared<Principal>();
    principal->id = std::string(parts[0]);
    principal->plan = std::string(parts[2]);
    principal->topics = detail::split_list(parts[3]);
    table.entries_.push_back({*digest, std::move(principal)});
  }
  return table;
}

std::shared_ptr<const Principal> ApiKeyTable::find(std::string_view key) const {
  const Digest digest = sha256(key);
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) {
      found = &entry;
    }
  }
  return found == nullptr ? nullptr : found->principal;
}

std::vector<std::string> ApiKeyTable::plans() const {
  std::vector<std::string> out;
  for (const Entry& entry : entries_) {
    if (!entry.principal->plan.empty()) {
      out.push_back(entry.principal->plan);
    }
  }
  return out;
}

Result<std::unique_ptr<ApiKeys>> ApiKeys::open(std::string file, Log log) {
  std::unique_ptr<ApiKeys> keys(new ApiKeys(std::move(file), std::move(log)));
  if (auto done = keys->read(); !done) {
    return done.error();
  }
  keys->looked_at_ = std::chrono::steady_clock::now();
  return keys;
}

std::optional<ApiKeys::Stamp> ApiKeys::stamp_of(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    return std::nullopt;
  }
  return Stamp{std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec,
               info.st_size, info.st_ino};
}

Result<void> ApiKeys::read() {
  const auto stamp = stamp_of(file_);
  std::ifstream in(file_, std::ios::binary);
  if (!stamp || !in) {
    return bad_config("the keys file " + file_ + " cannot be read");
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto table = ApiKeyTable::parse(text);
  stamp_ = *stamp;  // a bad version is complained about once
  if (!table) {
    return bad_config("the keys file " + file_ + ": " + table.error().message);
  }
  for (const std::string& plan : table->plans()) {
    log_(true,
         file_ + " names the plan \"" + plan + "\", but plans are not enforced by this version");
  }
  table_ = std::make_shared<const ApiKeyTable>(std::move(*table));
  return {};
}

void ApiKeys::refresh() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ < kLookEvery) {
    return;
  }
  looked_at_ = now;
  const auto stamp = stamp_of(file_);
  if (!stamp || *stamp == stamp_) {
    return;
  }
  if (auto done = read(); !done) {
    log_(true, done.error().message + "; the keys read before stay valid");
  } else {
    log_(false, file_ + " has changed: " + std::to_string(table_->size()) + " keys");
  }
}

std::shared_ptr<const Principal> ApiKeys::find(std::string_view key) {
  std::shared_ptr<const ApiKeyTable> table;
  {
    const std::lock_guard lock(mutex_);
    refresh();
    table = table_;
  }
  return table->find(key);
}

}  // namespace weir::connectors::http_ingest
