// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <vector>

namespace espalier::data {

/// What an IDX file holds [LeCun et al., "The MNIST database", file formats]: images are unsigned bytes in three dimensions,
/// labels unsigned bytes in one. Labels of 32-bit integers in one or two dimensions are read too: QMNIST has rows of eight
/// numbers, the label first [Yadav and Bottou 2019].
enum class Content { images, labels };

/// The header of an IDX file: magic number, then one big-endian 32-bit number per dimension.
struct IdxHeader {
  std::uint32_t count = 0;
  std::uint32_t height = 1;
  std::uint32_t width = 1;  ///< of labels: numbers per row
  std::uint32_t bytes = 1;  ///< per number
  std::uint64_t header_bytes = 0;
  std::uint64_t file_bytes = 0;  ///< header and data
};

/// Reads the header at the start of `bytes` (all of the file or its first 16 bytes). Throws core::UserError starting with `name`
/// when it is not that of an IDX file of `content`, or says that there is nothing or too much.
IdxHeader parse_header(std::span<const std::uint8_t> bytes, Content content, const std::string& name);

/// The bytes of one IDX file, plain or gzip, uncompressed, header included. Their number is what the header says, or
/// core::UserError is thrown; no more memory is taken than the file can fill. Labels come as one unsigned byte each, whatever the
/// file holds; core::UserError names the first that is not from 0 to 255.
std::vector<std::uint8_t> read_idx(std::istream& in, Content content, const std::string& name);

/// The header of an IDX file, and the check that the file's size fits it without reading all of it where that is possible:
/// a plain file by its size, a gzip file by the size in its last four bytes.
IdxHeader read_header(std::istream& in, Content content, const std::string& name);

}  // namespace espalier::data
