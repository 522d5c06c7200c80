// SPDX-License-Identifier: BSD-3-Clause
// PNG files in folders by class: train/CLASS/*.png and test/CLASS/*.png. The names of the classes in train, sorted byte by byte,
// are the labels 0, 1, 2, ..., as in torchvision's ImageFolder.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <fstream>

#include "data/layout.hpp"
#include "data/mapped_file.hpp"
#include "data/png.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view required = "train/CLASS/*.png and test/CLASS/*.png";
constexpr std::size_t most_classes = 256;  // labels are bytes

/// Names of the folders in a folder. Hidden ones, which tools leave, do not count.
std::set<std::string> classes_in(const fs::path& folder) {
  std::set<std::string> names = list_folder(folder).folders;
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

std::vector<std::string> present(const Listing& listing) {
  std::vector<std::string> names;
  for (const char* part : {"train", "test"})
    if (listing.folders.contains(part) && !classes_in(listing.folder / part).empty()) names.push_back(fmt::format("{}/", part));
  return names;
}

/// The images of a class, sorted by name. Hidden files, which file managers leave, do not count.
std::vector<fs::path> images_of(const fs::path& folder) {
  const Listing listing = list_folder(folder);
  std::vector<fs::path> images;
  for (const std::string& name : listing.files) {
    if (name.starts_with('.')) continue;
    std::string ending = fs::path(name).extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending != ".png")
      throw core::UserError(
          fmt::format("{}: is no .png file; the folder of a class contains only PNG files", (folder / name).string()));
    images.push_back(folder / name);
  }
  return images;
}

Found find(const Listing& listing, const std::string&) {
  std::vector<std::string> missing{"train/", "test/"};
  std::erase_if(missing,
                [names = present(listing)](const std::string& part) { return std::ranges::find(names, part) != names.end(); });
  if (!missing.empty()) refuse_folder(listing, missing, required);
  const fs::path train = listing.folder / "train", test = listing.folder / "test";
  const std::set<std::string> classes = classes_in(train);
  if (classes.size() > most_classes)
    throw core::UserError(fmt::format("{}: has {} classes, allowed are {}", train.string(), classes.size(), most_classes));
  for (const std::string& name : classes_in(test))
    if (!classes.contains(name))
      throw core::UserError(
          fmt::format("{}: there is no class of this name in {} ({})", (test / name).string(), train.string(), listed(classes)));
  Found found{listing.folder, {}, {train.string(), train.string(), test.string(), test.string()}, "png"};
  found.classes.assign(classes.begin(), classes.end());
  for (const fs::path& part : {train, test})
    for (const std::string& name : classes) {
      std::error_code ignored;
      found.names += fmt::format("\n{}/{}", part.filename().string(), name);
      if (!fs::is_directory(part / name, ignored)) continue;
      for (fs::path& image : images_of(part / name)) {
        found.names += fmt::format("\n{}", image.filename().string());
        found.files.push_back(std::move(image));
      }
    }
  return found;
}

/// Training or test images with their labels.
struct Images {
  std::vector<fs::path> files;
  std::vector<std::uint8_t> labels;
};

Images part_of(const Found& found, const char* part) {
  Images images;
  for (const fs::path& file : found.files) {
    const fs::path folder = file.parent_path();
    if (folder.parent_path() != found.place / part) continue;
    images.files.push_back(file);
    const auto label = std::ranges::find(found.classes, folder.filename().string()) - found.classes.begin();
    images.labels.push_back(static_cast<std::uint8_t>(label));
  }
  if (images.files.empty())
    throw core::UserError(fmt::format("{}: contains no image; required: {}", (found.place / part).string(), required));
  return images;
}

/// The shape of all images, by their headers.
Arrangement shape_of(const std::vector<fs::path>& files) {
  Arrangement shape;
  for (const fs::path& file : files) {
    std::vector<std::uint8_t> start(png_header_bytes);
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(in.gcount()));
    const Arrangement image = parse_png_header(start, file.string());
    if (&file == &files.front()) shape = image;
    if (image.height != shape.height || image.width != shape.width || image.channels != shape.channels)
      throw core::UserError(fmt::format(
          "{}: an image of {} x {} with {} channels, but {} has {} x {} with {}; all images must have one shape", file.string(),
          image.height, image.width, image.channels, files.front().string(), shape.height, shape.width, shape.channels));
  }
  return shape;
}

IdxHeader header_of(const Images& images) {
  return {.count = static_cast<std::uint32_t>(images.files.size()), .image = shape_of(images.files)};
}

Outline outline(const Found& found) {
  Outline outline;
  for (const std::size_t part : {0U, 1U}) {
    Images images = part_of(found, part == 0 ? "train" : "test");
    outline.headers[2 * part] = header_of(images);
    outline.headers[2 * part + 1].count = outline.headers[2 * part].count;
    outline.labels[part] = std::move(images.labels);
  }
  return outline;
}

/// Appends the decoded images. A file that grew or shrank since its header was read is refused, before memory is taken.
void append_images(const Images& images, const Arrangement& shape, std::vector<std::uint8_t>& out) {
  for (const fs::path& path : images.files) {
    const auto file = map_file(path);
    if (!file) throw core::UserError(fmt::format("{}: is empty or cannot be read; copy the file again", path.string()));
    const Arrangement image = parse_png_header(file->view, path.string());
    if (image.size() != shape.size()) throw core::UserError(fmt::format("{}: has changed; start again", path.string()));
    const std::size_t start = out.size();
    out.resize(start + shape.size());
    decode_png(file->view, shape, std::span(out).subspan(start), path.string());
  }
}

Parts read(const Found& found) {
  Parts parts;
  for (const std::size_t part : {0U, 1U}) {
    const Images images = part_of(found, part == 0 ? "train" : "test");
    const IdxHeader header = header_of(images);
    parts[2 * part] = images_header(header.count, header.image);
    append_images(images, header.image, parts[2 * part]);
    parts[2 * part + 1] = labels_header(header.count);
    parts[2 * part + 1].insert(parts[2 * part + 1].end(), images.labels.begin(), images.labels.end());
  }
  return parts;
}

}  // namespace

const Layout png_layout{"PNG files by class", required, present, find, outline, read};

}  // namespace espalier::data
