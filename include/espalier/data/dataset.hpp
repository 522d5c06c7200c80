// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace espalier::data {

/// Images as they are stored: bytes, image after image, in it channel after channel, row by row. Value p of image i is
/// pixels[i * size() + p] / 255. `owner` keeps the bytes alive (a vector or a read-only map of a file).
struct ImageSet {
  std::uint32_t count = 0;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::span<const std::uint8_t> pixels;  ///< count * size()
  std::span<const std::uint8_t> labels;  ///< count
  std::shared_ptr<const void> owner;
  std::uint32_t channels = 1;  ///< 1: grey; 3: red, green, blue

  std::uint32_t size() const { return channels * height * width; }
};

/// A data set: training and test images of the same shape, labels 0..classes-1.
struct Dataset {
  std::string name;
  ImageSet train;
  ImageSet test;
  int classes = 0;
  /// Over four IDX files of bytes with this content, in the order train images, train labels, test images, test labels, whatever
  /// the layout of the data set is.
  std::string sha256;
};

/// What headers and labels state, without reading the pixels.
struct DatasetShape {
  std::uint32_t train_images = 0, test_images = 0, height = 0, width = 0;
  std::uint32_t channels = 1;
  int classes = 10;                ///< largest label + 1
  std::filesystem::path folder{};  ///< or the .npz file; empty for "synthetic"
  std::vector<int> unseen{};       ///< classes without a training image

  std::uint32_t size() const { return channels * height * width; }
};

/// The shape of a data set that was loaded.
DatasetShape shape_of(const Dataset& dataset);

/// "mnist: 60000 training and 10000 test images of 28 x 28, 10 classes, from /data/mnist"; "colour images" with three channels.
std::string text_of(const std::string& name, const DatasetShape& shape);

/// Folders that are searched for data sets: `given` (may be empty), then $ESPALIER_DATA, then /usr/share/datasets. Throws
/// core::UserError when the variable names no folder.
std::vector<std::filesystem::path> data_roots(const std::string& given, const char* environment);

/// Headers of data set `name`, checked against the files' sizes (of gzip files the size that their end states), and its labels.
/// What only the pixels show (damaged compressed data, numbers that are no bytes) is left to load(). Throws core::UserError
/// naming the file, what was found and what to do; "synthetic" needs no file.
DatasetShape describe(const std::string& name, std::span<const std::filesystem::path> roots);

/// Reads data set ROOT/NAME in any of the layouts of docs/data-sets.md, or makes "synthetic".
/// Throws core::UserError as describe() does. With a `cache` folder the uncompressed bytes are kept there and mapped, so that all
/// processes of a host share them; a folder that cannot be written, or a damaged file in it, is not an error.
Dataset load(const std::string& name, std::span<const std::filesystem::path> roots, const std::filesystem::path& cache = {});

/// Where users keep such caches: $XDG_CACHE_HOME/espalier, else $HOME/.cache/espalier; empty when neither is known.
std::filesystem::path cache_folder(const char* xdg_cache_home, const char* home);

/// A procedural data set of 10 classes: 2000 training and 1000 test images of 28 x 28, learnable, always the same bits.
Dataset synthetic();

}  // namespace espalier::data
