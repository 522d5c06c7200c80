// SPDX-License-Identifier: BSD-3-Clause
// The binary files of CIFAR-10 and CIFAR-100 [Krizhevsky 2009]: per image the label (of CIFAR-100 the coarse one, then the fine
// one, which is the class here), then 1024 bytes of red, green and blue each, row by row.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "data/layout.hpp"
#include "data/mapped_file.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr Arrangement shape{.channels = 3, .height = 32, .width = 32};

/// What tells the two sets apart.
struct Form {
  std::string_view name;
  std::vector<std::string> train;
  std::string test;
  std::vector<int> classes;  ///< of each label of an image; the last one is used
};

const Form cifar10{"CIFAR-10",
                   {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
                   "test_batch.bin",
                   {10}};
const Form cifar100{"CIFAR-100", {"train.bin"}, "test.bin", {20, 100}};
constexpr std::string_view required10 = "data_batch_1.bin to data_batch_5.bin, test_batch.bin",
                           required100 = "train.bin, test.bin";

std::vector<std::string> names_of(const Form& form) {
  std::vector<std::string> names = form.train;
  names.push_back(form.test);
  return names;
}

std::vector<std::string> present(const Listing& listing, const Form& form) {
  std::vector<std::string> names = names_of(form);
  std::erase_if(names, [&](const std::string& name) { return !listing.files.contains(name); });
  return names;
}

Found find(const Listing& listing, const Form& form, std::string_view required) {
  Found found = found_files(listing, names_of(form), required);
  const std::string train = found.files.front().string(), test = found.files.back().string();
  found.parts = {train, train, test, test};
  found.names = form.name;
  return found;
}

std::size_t record_bytes(const Form& form) { return form.classes.size() + shape.size(); }

/// A file as it is on the disk, whose size and labels are checked.
Bytes checked(const std::filesystem::path& path, const Form& form) {
  const std::optional<Bytes> file = map_file(path);
  if (!file) throw core::UserError(fmt::format("{}: is empty or cannot be read; copy the file again", path.string()));
  const std::size_t record = record_bytes(form);
  if (file->view.size() % record != 0)
    throw core::UserError(
        fmt::format("{}: has {} bytes, allowed are multiples of {}, the bytes of an image of {}; copy the file again",
                    path.string(), file->view.size(), record, form.name));
  for (std::size_t first = 0; first < file->view.size(); first += record)
    for (std::size_t i = 0; i < form.classes.size(); ++i)
      if (const int label = file->view[first + i]; label >= form.classes[i])
        throw core::UserError(fmt::format("{}: byte {}: the {}label of image {} is {}, allowed are 0 to {}; copy the file again",
                                          path.string(), first + i, i + 1 < form.classes.size() ? "coarse " : "", first / record,
                                          label, form.classes[i] - 1));
  return *file;
}

/// The training files, or the test file.
std::vector<Bytes> files_of(const Found& found, const Form& form, bool test) {
  std::vector<Bytes> files;
  const auto last = found.files.end() - 1;
  for (auto path = test ? last : found.files.begin(); path != (test ? found.files.end() : last); ++path)
    files.push_back(checked(*path, form));
  return files;
}

std::uint32_t count_of(const std::vector<Bytes>& files, const Form& form) {
  std::size_t count = 0;
  for (const Bytes& file : files) count += file.view.size() / record_bytes(form);
  if (count > 0xFFFFFFFF)
    throw core::UserError(fmt::format("{}: the files have {} images, allowed are 4294967295", form.name, count));
  return static_cast<std::uint32_t>(count);
}

void append_labels(const std::vector<Bytes>& files, const Form& form, std::vector<std::uint8_t>& out) {
  const std::size_t record = record_bytes(form);
  for (const Bytes& file : files)
    for (std::size_t first = 0; first < file.view.size(); first += record)
      out.push_back(file.view[first + form.classes.size() - 1]);
}

Outline outline(const Found& found, const Form& form) {
  Outline outline;
  for (const std::size_t part : {0U, 1U}) {
    const std::vector<Bytes> files = files_of(found, form, part == 1);
    append_labels(files, form, outline.labels[part]);
    outline.headers[2 * part] = outline.headers[2 * part + 1] = {.count = count_of(files, form), .image = shape};
  }
  return outline;
}

Parts read(const Found& found, const Form& form) {
  Parts parts;
  const std::size_t record = record_bytes(form);
  for (const std::size_t part : {0U, 1U}) {
    const std::vector<Bytes> files = files_of(found, form, part == 1);
    const std::uint32_t count = count_of(files, form);
    std::vector<std::uint8_t>&pixels = parts[2 * part] = images_header(count, shape), &labels = parts[2 * part + 1];
    labels = labels_header(count);
    append_labels(files, form, labels);
    pixels.reserve(pixels.size() + count * shape.size());
    for (const Bytes& file : files)
      for (std::size_t first = 0; first < file.view.size(); first += record) {
        const auto image = file.view.subspan(first + form.classes.size(), shape.size());
        pixels.insert(pixels.end(), image.begin(), image.end());
      }
  }
  return parts;
}

}  // namespace

const Layout cifar10_layout{"CIFAR-10 files",
                            required10,
                            [](const Listing& listing) { return present(listing, cifar10); },
                            [](const Listing& listing, const std::string&) { return find(listing, cifar10, required10); },
                            [](const Found& found) { return outline(found, cifar10); },
                            [](const Found& found) { return read(found, cifar10); }};

const Layout cifar100_layout{"CIFAR-100 files",
                             required100,
                             [](const Listing& listing) { return present(listing, cifar100); },
                             [](const Listing& listing, const std::string&) { return find(listing, cifar100, required100); },
                             [](const Found& found) { return outline(found, cifar100); },
                             [](const Found& found) { return read(found, cifar100); }};

}  // namespace espalier::data
