// HMAC signatures. One object per thread.
#pragma once

#include "config.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::connectors::http {

/// What may be signed.
struct SignInput {
  std::string_view timestamp{};  ///< Unix seconds
  std::string_view body{};
  std::string_view method{};
  std::string_view path{};  ///< path and query
};

class Signer {
 public:
  /// Throws std::runtime_error when OpenSSL lacks the algorithm.
  Signer(HmacAlgorithm algorithm, std::string_view secret);

  /// Lower-case hex of the HMAC of the pieces put together; valid until the next call.
  std::string_view sign(const std::vector<SignPiece>& pieces, const SignInput& input);

 private:
  struct Free {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  };
  std::unique_ptr<EVP_MAC, Free> mac_;
  std::unique_ptr<EVP_MAC_CTX, Free> context_;
  std::array<char, 2 * EVP_MAX_MD_SIZE> hex_{};
};

/// Lower-case hex.
std::string sha256_hex(std::string_view text);

}  // namespace weir::connectors::http
