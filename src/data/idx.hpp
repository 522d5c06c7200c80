// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <vector>

namespace espalier::data {

/// What an IDX file holds [LeCun et al., "The MNIST database", file formats]: images are unsigned bytes, 32-bit integers or
/// floats in three dimensions or, with one or three channels, in four; labels are unsigned bytes in one dimension. Labels of
/// 32-bit integers in one or two dimensions are read too: QMNIST has rows of eight numbers, the label first [Yadav and Bottou
/// 2019].
enum class Content { images, labels };

/// The order of the pixels of an image in an array.
struct Arrangement {
  std::uint32_t channels = 1;  ///< 1 or 3
  std::uint32_t height = 1;
  std::uint32_t width = 1;
  bool interleaved = false;  ///< row, column, channel; otherwise channel, row, column

  std::uint64_t size() const { return std::uint64_t{channels} * height * width; }
};

/// The arrangement of an array whose dimensions beside the number of images are `dimensions`: two, or three of which the first or
/// the last is 1 or 3. Throws core::UserError starting with `name` for others, and for none or too many pixels.
Arrangement arrangement(std::uint64_t count, std::span<const std::uint64_t> dimensions, const std::string& name);

/// Brings the images behind `pixels` to the order channel, row, column.
void separate_channels(std::span<std::uint8_t> pixels, const Arrangement& images);

/// The header of an IDX file: magic number, then one big-endian 32-bit number per dimension.
struct IdxHeader {
  std::uint32_t count = 0;
  Arrangement image{};      ///< of labels: its width is the numbers per row
  std::uint32_t bytes = 1;  ///< per number
  bool real = false;        ///< floats
  std::uint64_t header_bytes = 0;
  std::uint64_t file_bytes = 0;  ///< header and data
};

/// Reads the header at the start of `bytes` (all of the file or its first 20 bytes). Throws core::UserError starting with `name`
/// when it is not that of an IDX file of `content`, or says that there is nothing or too much.
IdxHeader parse_header(std::span<const std::uint8_t> bytes, Content content, const std::string& name);

/// The header of a file of bytes that holds `count` images of this shape, or `count` labels.
std::vector<std::uint8_t> images_header(std::uint32_t count, const Arrangement& image);
std::vector<std::uint8_t> labels_header(std::uint32_t count);

/// One IDX file, plain or gzip, as uncompressed file of bytes, header included: labels one byte each, colour images with their
/// channels one after the other. The file is as long as its header says, or core::UserError is thrown; no more memory is taken
/// than the file can fill. core::UserError names the first label that is not from 0 to 255, and the first pixel that is not a
/// byte: not a whole number from 0 to 255, nor, in a file of floats up to 1, a multiple of 1/255.
std::vector<std::uint8_t> read_idx(std::istream& in, Content content, const std::string& name);

/// The header of an IDX file, and the check that the file's size fits it without reading all of it where that is possible:
/// a plain file by its size, a gzip file by the size in its last four bytes.
IdxHeader read_header(std::istream& in, Content content, const std::string& name);

}  // namespace espalier::data
