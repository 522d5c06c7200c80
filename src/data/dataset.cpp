// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/data/dataset.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "data/cache.hpp"
#include "data/idx.hpp"
#include "data/locate.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::array<Content, 4> contents{Content::images, Content::labels, Content::images, Content::labels};

std::ifstream open(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw core::UserError(fmt::format("{}: cannot be read ({})", path.string(), std::strerror(errno)));
  return in;
}

/// Checks that go beyond one file: as many labels as images, training and test images of one shape.
void check_together(const Files& files, const std::array<IdxHeader, 4>& headers) {
  for (const std::size_t images : {0U, 2U})
    if (headers[images].count != headers[images + 1].count)
      throw core::UserError(fmt::format("{}: has {} images, but {} has {} labels; the files belong to different data sets",
                                        files[images].string(), headers[images].count, files[images + 1].string(),
                                        headers[images + 1].count));
  if (headers[0].height != headers[2].height || headers[0].width != headers[2].width)
    throw core::UserError(fmt::format(
        "{}: images of {} x {}, but {} has images of {} x {}; the files belong to different data sets", files[0].string(),
        headers[0].height, headers[0].width, files[2].string(), headers[2].height, headers[2].width));
}

int count_classes(std::span<const std::uint8_t> train, std::span<const std::uint8_t> test) {
  return std::max({1, int{*std::ranges::max_element(train)}, int{*std::ranges::max_element(test)}}) + 1;
}

/// The labels behind the 8 bytes of their header.
std::span<const std::uint8_t> labels_of(std::span<const std::uint8_t> file) { return file.subspan(8); }

std::vector<int> unseen_classes(std::span<const std::uint8_t> train, int classes) {
  std::vector<bool> seen(static_cast<std::size_t>(classes), false);
  for (const std::uint8_t label : train) seen[label] = true;
  std::vector<int> unseen;
  for (int c = 0; c < classes; ++c)
    if (!seen[static_cast<std::size_t>(c)]) unseen.push_back(c);
  return unseen;
}

ImageSet image_set(const Bytes& images, const Bytes& labels, const IdxHeader& header) {
  ImageSet set{header.count,           header.height, header.width, images.view.subspan(header.header_bytes),
               labels_of(labels.view), nullptr};
  set.owner = std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(images.owner, labels.owner);
  return set;
}

/// `parts`: the four uncompressed files.
Dataset assemble(const std::string& name, const Files& files, const FourFiles& parts) {
  std::array<IdxHeader, 4> headers;
  for (std::size_t i = 0; i < 4; ++i) headers[i] = parse_header(parts.bytes[i].view, contents[i], files[i].string());
  check_together(files, headers);
  Dataset dataset;
  dataset.name = name;
  dataset.train = image_set(parts.bytes[0], parts.bytes[1], headers[0]);
  dataset.test = image_set(parts.bytes[2], parts.bytes[3], headers[2]);
  dataset.classes = count_classes(dataset.train.labels, dataset.test.labels);
  dataset.sha256 = parts.sha256;
  return dataset;
}

}  // namespace

std::string text_of(const std::string& name, const DatasetShape& shape) {
  return fmt::format("{}: {} training and {} test images of {} x {}, {} classes, {}", name, shape.train_images, shape.test_images,
                     shape.height, shape.width, shape.classes,
                     shape.folder.empty() ? "generated" : "from " + shape.folder.string());
}

DatasetShape describe(const std::string& name, std::span<const std::filesystem::path> roots) {
  if (name == "synthetic") {
    const Dataset dataset = synthetic();
    return {.train_images = dataset.train.count,
            .test_images = dataset.test.count,
            .height = dataset.train.height,
            .width = dataset.train.width,
            .classes = dataset.classes};
  }
  const Files files = locate(name, roots);
  std::array<IdxHeader, 4> headers;
  std::array<std::vector<std::uint8_t>, 4> labels;
  for (std::size_t i = 0; i < 4; ++i) {
    std::ifstream in = open(files[i]);
    if (contents[i] == Content::images) {
      headers[i] = read_header(in, contents[i], files[i].string());
    } else {
      labels[i] = read_idx(in, contents[i], files[i].string());
      headers[i] = parse_header(labels[i], contents[i], files[i].string());
    }
  }
  check_together(files, headers);
  const int classes = count_classes(labels_of(labels[1]), labels_of(labels[3]));
  return {.train_images = headers[0].count,
          .test_images = headers[2].count,
          .height = headers[0].height,
          .width = headers[0].width,
          .classes = classes,
          .folder = files[0].parent_path(),
          .unseen = unseen_classes(labels_of(labels[1]), classes)};
}

Dataset load(const std::string& name, std::span<const std::filesystem::path> roots, const std::filesystem::path& cache) {
  if (name == "synthetic") return synthetic();
  const Files files = locate(name, roots);
  const auto read = [&files] {
    std::array<std::vector<std::uint8_t>, 4> parts;
    for (std::size_t i = 0; i < 4; ++i) {
      std::ifstream in = open(files[i]);
      parts[i] = read_idx(in, contents[i], files[i].string());
    }
    return parts;
  };
  return assemble(name, files, cache.empty() ? in_memory(read()) : cached(name, files, cache, read));
}

}  // namespace espalier::data
