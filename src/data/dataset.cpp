// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/data/dataset.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "data/cache.hpp"
#include "data/idx.hpp"
#include "data/locate.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

constexpr std::array<Content, 4> contents{Content::images, Content::labels, Content::images, Content::labels};

std::string shape_text(const Arrangement& image) {
  return image.channels == 1 ? fmt::format("{} x {}", image.height, image.width)
                             : fmt::format("{} x {} in {} channels", image.height, image.width, image.channels);
}

/// Checks that go beyond one part: as many labels as images, training and test images of one shape.
void check_together(const Found& found, const std::array<IdxHeader, 4>& headers) {
  for (const std::size_t images : {0U, 2U})
    if (headers[images].count != headers[images + 1].count)
      throw core::UserError(fmt::format("{}: has {} images, but {} has {} labels; the files belong to different data sets",
                                        found.parts[images], headers[images].count, found.parts[images + 1],
                                        headers[images + 1].count));
  const std::string train = shape_text(headers[0].image), test = shape_text(headers[2].image);
  if (train != test)
    throw core::UserError(fmt::format("{}: images of {}, but {} has images of {}; the files belong to different data sets",
                                      found.parts[0], train, found.parts[2], test));
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
  ImageSet set{
      header.count, header.image.height,  header.image.width, images.view.subspan(header.header_bytes), labels_of(labels.view),
      nullptr,      header.image.channels};
  set.owner = std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(images.owner, labels.owner);
  return set;
}

Dataset assemble(const std::string& name, const Found& found, const FourFiles& files) {
  std::array<IdxHeader, 4> headers;
  for (std::size_t i = 0; i < 4; ++i) headers[i] = parse_header(files.bytes[i].view, contents[i], found.parts[i]);
  check_together(found, headers);
  Dataset dataset;
  dataset.name = name;
  dataset.train = image_set(files.bytes[0], files.bytes[1], headers[0]);
  dataset.test = image_set(files.bytes[2], files.bytes[3], headers[2]);
  dataset.classes = count_classes(dataset.train.labels, dataset.test.labels);
  dataset.sha256 = files.sha256;
  return dataset;
}

}  // namespace

std::string text_of(const std::string& name, const DatasetShape& shape) {
  return fmt::format("{}: {} training and {} test {}images of {} x {}, {} classes, {}", name, shape.train_images,
                     shape.test_images, shape.channels == 3 ? "colour " : "", shape.height, shape.width, shape.classes,
                     shape.folder.empty() ? "generated" : "from " + shape.folder.string());
}

DatasetShape shape_of(const Dataset& dataset) {
  const ImageSet& images = dataset.train;
  return {.train_images = images.count,
          .test_images = dataset.test.count,
          .height = images.height,
          .width = images.width,
          .channels = images.channels,
          .classes = dataset.classes};
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
  const auto [layout, found] = locate(name, roots);
  const Outline outline = layout->outline(found);
  check_together(found, outline.headers);
  const int classes = count_classes(outline.labels[0], outline.labels[1]);
  return {.train_images = outline.headers[0].count,
          .test_images = outline.headers[2].count,
          .height = outline.headers[0].image.height,
          .width = outline.headers[0].image.width,
          .channels = outline.headers[0].image.channels,
          .classes = classes,
          .folder = found.place,
          .unseen = unseen_classes(outline.labels[0], classes)};
}

Dataset load(const std::string& name, std::span<const std::filesystem::path> roots, const std::filesystem::path& cache) {
  if (name == "synthetic") return synthetic();
  const Location location = locate(name, roots);
  const auto read = [&location] { return location.layout->read(location.found); };
  return assemble(name, location.found, cache.empty() ? in_memory(read()) : cached(name, location.found, cache, read));
}

}  // namespace espalier::data
