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
      throw core::UserError(fmt::format("{}: has {} images, but {} has {} labels; they are not of one data set",
                                        files[images].string(), headers[images].count, files[images + 1].string(),
                                        headers[images + 1].count));
  if (headers[0].height != headers[2].height || headers[0].width != headers[2].width)
    throw core::UserError(fmt::format("{}: images of {} x {}, but {} has images of {} x {}; they are not of one data set",
                                      files[0].string(), headers[0].height, headers[0].width, files[2].string(),
                                      headers[2].height, headers[2].width));
}

int count_classes(std::span<const std::uint8_t> train, std::span<const std::uint8_t> test) {
  return std::max({1, int{*std::ranges::max_element(train)}, int{*std::ranges::max_element(test)}}) + 1;
}

ImageSet image_set(const Bytes& images, const Bytes& labels, const IdxHeader& header) {
  ImageSet set{header.count,           header.height, header.width, images.view.subspan(header.header_bytes),
               labels.view.subspan(8), nullptr};
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

DatasetShape describe(const std::string& name, std::span<const std::filesystem::path> roots) {
  if (name == "synthetic") {
    const Dataset dataset = synthetic();
    return {dataset.train.count, dataset.test.count, dataset.train.height, dataset.train.width, dataset.classes};
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
  const int classes = count_classes(std::span(labels[1]).subspan(8), std::span(labels[3]).subspan(8));
  return {headers[0].count, headers[2].count, headers[0].height, headers[0].width, classes};
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
