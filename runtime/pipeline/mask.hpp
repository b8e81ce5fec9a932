// Keeps secrets out of texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::pipeline {

/// Replaces every occurrence of a secret of at least 6 characters by "[hidden]".
inline std::string mask(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < 6) {
      continue;
    }
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[hidden]");
      at += 8;
    }
  }
  return text;
}

}  // namespace weir::runtime::pipeline
