// SPDX-License-Identifier: BSD-3-Clause
// One .npz file of numpy.savez or numpy.savez_compressed with the arrays x_train, y_train, x_test, y_test, as Keras names them.
// Images are of type uint8 and of shape (n, h, w), or with 1 or 3 channels (n, h, w, c) or (n, c, h, w); labels are integers of
// shape (n) or (n, 1).
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "data/layout.hpp"
#include "data/mapped_file.hpp"
#include "data/npy.hpp"
#include "data/zip.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::array<std::string_view, 4> arrays{"x_train", "y_train", "x_test", "y_test"};
constexpr std::string_view required = "one .npz file (with x_train, y_train, x_test, y_test)";

std::vector<std::string> present(const Listing& listing) {
  std::vector<std::string> names;
  std::ranges::copy_if(listing.files, std::back_inserter(names), [](const std::string& name) { return name.ends_with(".npz"); });
  return names;
}

Found find(const Listing& listing, const std::string& dataset) {
  const std::vector<std::string> names = present(listing);
  const std::string own = dataset + ".npz";
  const bool has_own = listing.files.contains(own);
  if (names.size() > 1 && !has_own)
    throw core::UserError(fmt::format("{}: contains {} .npz files: {}; keep one, or call the right one {}",
                                      listing.folder.string(), names.size(), listed(listing.files), own));
  const std::filesystem::path file = listing.folder / (has_own ? own : names.at(0));
  Found found{file, {file}, {}, "npz"};
  for (std::size_t i = 0; i < arrays.size(); ++i) found.parts[i] = fmt::format("{}: {}", file.string(), arrays[i]);
  return found;
}

/// An array in the archive.
struct Array {
  const std::string& name;  ///< for messages
  ZipEntry entry;
  NpyHeader header;

  std::vector<std::uint8_t> bytes() const {
    std::vector<std::uint8_t> all(entry.size);
    zip_read(entry, all, name);
    return all;
  }
};

class Archive {
 public:
  explicit Archive(const Found& found) : found_(found) {
    const std::string path = found.files[0].string();
    const auto file = map_file(found.files[0]);
    if (!file) throw core::UserError(fmt::format("{}: is empty or cannot be read; copy the file again", path));
    file_ = *file;
    entries_ = zip_entries(file_.view, path);
  }

  Array array(std::size_t part) const {
    const auto name = fmt::format("{}.npy", arrays[part]);
    const auto entry = std::ranges::find(entries_, name, &ZipEntry::name);
    if (entry == entries_.end()) refuse_names();
    std::vector<std::uint8_t> start(std::min<std::uint64_t>(entry->size, most_npy_header_bytes));
    zip_read(*entry, start, found_.parts[part]);
    return {found_.parts[part], *entry, parse_npy(start, found_.parts[part])};
  }

 private:
  [[noreturn]] void refuse_names() const {
    std::set<std::string> names;
    for (const ZipEntry& entry : entries_) names.insert(entry.name);
    throw core::UserError(fmt::format("{}: must contain the arrays {}, found: {}", found_.files[0].string(),
                                      fmt::join(arrays, ", "), names.empty() ? "none" : listed(names)));
  }

  const Found& found_;
  Bytes file_;
  std::vector<ZipEntry> entries_;
};

/// The data of an array has the size that its shape says.
void check_size(const Array& array, std::uint64_t bytes) {
  const std::uint64_t found = array.entry.size - array.header.header_bytes;
  if (found != bytes)
    throw core::UserError(fmt::format("{}: its shape ({}) requires {} bytes, the array has {}; copy the file again", array.name,
                                      fmt::join(array.header.shape, ", "), bytes, found));
}

IdxHeader images_of(const Array& array) {
  const std::vector<std::uint64_t>& shape = array.header.shape;
  if (array.header.type != "|u1")
    throw core::UserError(fmt::format("{}: is of type '{}', allowed is '|u1'; images are stored as bytes (numpy.uint8, 0 to 255)",
                                      array.name, array.header.type));
  const std::uint64_t count = shape.empty() ? 0 : shape[0];
  const auto image = arrangement(count, std::span(shape).subspan(shape.empty() ? 0 : 1), array.name);
  check_size(array, count * image.size());
  return {.count = static_cast<std::uint32_t>(count), .image = image};
}

std::vector<std::uint8_t> labels_of(const Array& array) {
  static const std::regex integer("([<>|])([iu])([1248])");
  const std::vector<std::uint64_t>& shape = array.header.shape;
  std::smatch type;
  if (!std::regex_match(array.header.type, type, integer))
    throw core::UserError(fmt::format("{}: is of type '{}', allowed are integers", array.name, array.header.type));
  if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1) || shape[0] == 0 || shape[0] > 0xFFFFFFFF)
    throw core::UserError(fmt::format("{}: has the shape ({}), allowed are (n) and (n, 1) with at least 1 label", array.name,
                                      fmt::join(shape, ", ")));
  const auto bytes = static_cast<std::size_t>(type[3].str()[0] - '0');
  check_size(array, shape[0] * bytes);
  const std::vector<std::uint8_t> all = array.bytes();
  std::vector<std::uint8_t> labels;
  for (std::size_t i = 0; i < shape[0]; ++i) {
    std::uint64_t label = 0;
    for (std::size_t b = 0; b < bytes; ++b)
      label = label << 8 | all[array.header.header_bytes + i * bytes + (type[1] == ">" ? b : bytes - 1 - b)];
    if (label > 255 || (bytes == 1 && type[2] == "i" && label > 127))
      throw core::UserError(fmt::format("{}: label {} is not from 0 to 255; correct the array", array.name, i));
    labels.push_back(static_cast<std::uint8_t>(label));
  }
  return labels;
}

Outline outline(const Found& found) {
  const Archive archive(found);
  Outline outline;
  for (const std::size_t part : {0U, 1U}) {
    outline.headers[2 * part] = images_of(archive.array(2 * part));
    outline.labels[part] = labels_of(archive.array(2 * part + 1));
    outline.headers[2 * part + 1].count = static_cast<std::uint32_t>(outline.labels[part].size());
  }
  return outline;
}

Parts read(const Found& found) {
  const Archive archive(found);
  Parts parts;
  for (const std::size_t part : {0U, 2U}) {
    const Array array = archive.array(part);
    const IdxHeader header = images_of(array);
    const std::vector<std::uint8_t> start = images_header(header.count, header.image);
    parts[part] = array.bytes();
    separate_channels(std::span(parts[part]).subspan(array.header.header_bytes), header.image);
    parts[part].erase(parts[part].begin(),
                      parts[part].begin() + static_cast<std::ptrdiff_t>(array.header.header_bytes - start.size()));
    std::ranges::copy(start, parts[part].begin());
    const std::vector<std::uint8_t> labels = labels_of(archive.array(part + 1));
    parts[part + 1] = labels_header(static_cast<std::uint32_t>(labels.size()));
    parts[part + 1].insert(parts[part + 1].end(), labels.begin(), labels.end());
  }
  return parts;
}

}  // namespace

const Layout npz_layout{".npz file", required, present, find, outline, read};

}  // namespace espalier::data
