// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

/// Files of the formats beside IDX, made byte by byte.
namespace espalier::data::test {

/// Bytes that count up from `first`.
std::string counting(std::size_t count, int first = 0);

/// A .npy file: `shape` as Python writes it, such as "7, 3, 2".
std::string npy(const std::string& type, const std::string& shape, const std::string& bytes);

using Members = std::vector<std::pair<std::string, std::string>>;

/// A ZIP archive of named files.
std::string zip(const Members& members, bool is_deflated);

/// The .npz file of the data set of write_set(), whose images have `shape` beside their number ("3, 2") and `bytes` bytes.
Members npz_members(const std::string& shape = "3, 2", std::size_t bytes = 6);

/// A chunk of a PNG file, with its length and CRC.
std::string chunk(const std::string& type, const std::string& data);
std::string png_header(std::uint32_t width, std::uint32_t height, int bits = 8, int colour = 0, int interlace = 0);

/// A PNG file of grey or RGB pixels; row y has filter (first_filter + y) % 5, and the data lies in two chunks.
std::string png(std::uint32_t width, std::uint32_t height, int channels, const std::string& pixels, int first_filter = 0);

/// The images of write_set() as PNG files of the classes a, b, c in `folder`.
void write_png_set(const std::filesystem::path& folder);

/// Images of a CIFAR file: `labels` per image, then 3072 bytes that count up from the number of the image.
std::string cifar(const std::vector<std::string>& labels);

}  // namespace espalier::data::test
