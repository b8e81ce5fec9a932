#include "signer.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <stdexcept>

namespace weir::connectors::http {
namespace {

std::size_t to_hex(const unsigned char* bytes, std::size_t count, char* out) noexcept {
  constexpr char kHex[] = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) {
    out[2 * i] = kHex[bytes[i] >> 4];
    out[2 * i + 1] = kHex[bytes[i] & 15];
  }
  return 2 * count;
}

}  // namespace

Signer::Signer(HmacAlgorithm algorithm, std::string_view secret)
    : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), context_(EVP_MAC_CTX_new(mac_.get())) {
  char digest[] = "SHA256";
  if (algorithm == HmacAlgorithm::sha1) {
    std::string_view("SHA1\0", 5).copy(digest, 5);
  } else if (algorithm == HmacAlgorithm::sha512) {
    std::string_view("SHA512").copy(digest, 6);
  }
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  // A key of no bytes would mean "the key of before".
  const char* key = secret.empty() ? "" : secret.data();
  if (!context_ || EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key),
                                secret.size(), parameters) != 1) {
    throw std::runtime_error(std::string("OpenSSL offers no HMAC with ") + digest);
  }
}

std::string_view Signer::sign(const std::vector<SignPiece>& pieces, const SignInput& input) {
  EVP_MAC_CTX* const context = context_.get();
  bool fine = EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
  for (const SignPiece& piece : pieces) {
    std::string_view text = piece.literal;
    switch (piece.what) {
      case SignPiece::What::literal: break;
      case SignPiece::What::timestamp: text = input.timestamp; break;
      case SignPiece::What::body: text = input.body; break;
      case SignPiece::What::method: text = input.method; break;
      case SignPiece::What::path: text = input.path; break;
    }
    fine = fine && EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size()) == 1;
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  if (!fine || EVP_MAC_final(context, bytes, &size, sizeof bytes) != 1) {
    throw std::runtime_error("OpenSSL could not compute an HMAC");
  }
  return {hex_.data(), to_hex(bytes, size, hex_.data())};
}

std::string sha256_hex(std::string_view text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes, &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL could not compute a SHA-256");
  }
  std::string out(std::size_t{2} * size, '\0');
  to_hex(bytes, size, out.data());
  return out;
}

}  // namespace weir::connectors::http
