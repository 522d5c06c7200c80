// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "data/idx.hpp"

namespace espalier::data {

/// Bytes at the start of a PNG file that hold its header.
inline constexpr std::size_t png_header_bytes = 33;

/// The shape that the header of a PNG file states [ISO/IEC 15948]: 8 bits, grey or RGB, not interlaced. Throws core::UserError
/// starting with `name`, with the byte, for other files.
Arrangement parse_png_header(std::span<const std::uint8_t> bytes, const std::string& name);

/// Decodes a PNG file of shape `image` to out (image.size()): channel after channel, row by row, the values of the file without
/// a conversion of colours. Throws core::UserError starting with `name`, with the byte, when the file is damaged; takes no more
/// memory than its data can fill.
void decode_png(std::span<const std::uint8_t> bytes, const Arrangement& image, std::span<std::uint8_t> out,
                const std::string& name);

}  // namespace espalier::data
