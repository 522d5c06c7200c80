// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/idx.hpp"

namespace espalier::data {

/// What a folder holds, by name.
struct Listing {
  std::filesystem::path folder;
  std::set<std::string> files, folders;
};

/// A complete data set on the disk.
struct Found {
  std::filesystem::path place;               ///< its folder or, of a single file, that file
  std::vector<std::filesystem::path> files;  ///< all that its reader reads
  std::array<std::string, 4> parts;          ///< what messages call train images, train labels, test images, test labels
  std::string names{};                       ///< what decides about the content beside that of the files, such as class names
  std::vector<std::string> classes{};        ///< of files in folders by class: the folders' names, in the order of the labels
};

/// What is known without reading the pixels.
struct Outline {
  std::array<IdxHeader, 4> headers;                 ///< of train images, train labels, test images, test labels
  std::array<std::vector<std::uint8_t>, 2> labels;  ///< of training and test images
};

/// The four parts of a data set as uncompressed IDX files of bytes, whatever the files are: grey images in three dimensions,
/// colour images in four (image, channel, row, column), labels in one.
using Parts = std::array<std::vector<std::uint8_t>, 4>;

/// A way to store a data set in a folder. The functions throw core::UserError with the file, the place in it and what is allowed.
struct Layout {
  std::string_view name;
  std::string_view required;                                  ///< the files of a data set, for messages
  std::vector<std::string> (*present)(const Listing&);        ///< the names in the folder that belong to this layout
  Found (*find)(const Listing&, const std::string& dataset);  ///< refuses a part of a data set
  Outline (*outline)(const Found&);
  Parts (*read)(const Found&);
};

extern const Layout idx_layout, cifar10_layout, cifar100_layout, npz_layout, png_layout;

/// The names in a folder. Throws core::UserError when it cannot be read.
Listing list_folder(const std::filesystem::path& folder);

/// The first names for a message, "no files" for none.
std::string listed(const std::set<std::string>& names);

/// Throws core::UserError: the folder lacks `missing` (empty: is not a data set), with what `required` says and what it holds.
[[noreturn]] void refuse_folder(const Listing& listing, std::span<const std::string> missing, std::string_view required);

/// `files` of a folder, all of them; refuses the folder when one is missing.
Found found_files(const Listing& listing, std::span<const std::string> files, std::string_view required);

}  // namespace espalier::data
