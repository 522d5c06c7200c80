// SPDX-License-Identifier: BSD-3-Clause
#include "data/npy.hpp"

#include <fmt/core.h>

#include <charconv>
#include <regex>

#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

/// The Python dictionary behind the magic, the version and the length.
std::string header_text(std::span<const std::uint8_t> bytes, const std::string& name, std::uint64_t& header_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic) || text.size() < 12)
    throw core::UserError(fmt::format("{}: byte 0: a .npy array must start with \\x93NUMPY; write it with numpy.savez", name));
  const std::size_t length_bytes = bytes[6] == 1 ? 2 : 4, start = 8 + length_bytes;
  std::uint64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | bytes[8 + i];
  header_bytes = start + length;
  if (header_bytes > text.size())
    throw core::UserError(fmt::format("{}: byte 8: a header of {} bytes, allowed are the bytes of the file and at most {}", name,
                                      length, most_npy_header_bytes));
  return std::string(text.substr(start, length));
}

}  // namespace

NpyHeader parse_npy(std::span<const std::uint8_t> bytes, const std::string& name) {
  static const std::regex type("'descr': *'([^']*)'"), order("'fortran_order': *(True|False)"),
      shape("'shape': *\\(((?:[0-9]+, *)*[0-9]*)\\)");
  NpyHeader header;
  const std::string text = header_text(bytes, name, header.header_bytes);
  std::smatch found_type, found_order, found_shape;
  if (!std::regex_search(text, found_type, type) || !std::regex_search(text, found_order, order) ||
      !std::regex_search(text, found_shape, shape))
    throw core::UserError(
        fmt::format("{}: byte 10: a header with descr, fortran_order and shape of one array of numbers is expected "
                    "here; write it with numpy.savez",
                    name));
  if (found_order[1] == "True")
    throw core::UserError(fmt::format("{}: is in Fortran order, allowed is C order; write numpy.ascontiguousarray of it", name));
  header.type = found_type[1];
  const std::string sizes = found_shape[1];
  for (const char* at = sizes.data(); at < sizes.data() + sizes.size();) {
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(at, sizes.data() + sizes.size(), n);
    if (error == std::errc::result_out_of_range) throw core::UserError(fmt::format("{}: shape ({}) is too large", name, sizes));
    if (error == std::errc()) header.shape.push_back(n);
    at = end + (error == std::errc() ? 0 : 1);
  }
  return header;
}

}  // namespace espalier::data
