// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

/// The draws of reference_letter.py and reference_art.py.
namespace espalier::robust::testing {

/// A number on [0, 1) with 16 bits.
inline double hashed(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0, std::uint64_t d = 0) {
  auto h = static_cast<std::uint32_t>(a * 7919 + b * 104729 + c * 1299709 + d * 15485863 + 12345);
  h *= 2654435761u;
  h = (h ^ h >> 15) * 2246822519u;
  return (h >> 16) / 65536.0;
}

}  // namespace espalier::robust::testing
