// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace espalier::data {

/// Bytes at the start of a .npy file in which its header lies here: NumPy writes 128, more for long shapes.
inline constexpr std::size_t most_npy_header_bytes = 1024;

/// The header of a .npy file [NumPy, numpy.lib.format].
struct NpyHeader {
  std::string type;                  ///< such as "|u1" or "<i8"
  std::vector<std::uint64_t> shape;  ///< in C order
  std::uint64_t header_bytes = 0;
};

/// Reads the header at the start of `bytes`. Throws core::UserError starting with `name` when there is none, or an array in
/// Fortran order.
NpyHeader parse_npy(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace espalier::data
