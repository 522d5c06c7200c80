// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace espalier::core {

/// SHA-256 (FIPS 180-4) of a stream of bytes, by OpenSSL.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  /// 64 lower-case hex digits; the object may not be used afterwards.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view text);

/// The first 16 hex digits of SHA-256 of `text`: ids of cells, models, fits and tails.
std::string content_id(std::string_view text);

}  // namespace espalier::core
