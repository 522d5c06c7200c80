// SPDX-License-Identifier: BSD-3-Clause
#include "data/locate.hpp"

#include <fmt/core.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "espalier/core/error.hpp"
#include "espalier/core/nearest.hpp"
#include "espalier/data/dataset.hpp"

namespace espalier::data {
namespace {

namespace fs = std::filesystem;

/// Files of a folder that an error lists.
constexpr std::size_t listed_files = 12;

constexpr std::array layouts{&idx_layout, &cifar10_layout, &cifar100_layout, &npz_layout, &png_layout};

/// A layout with the names that belong to it.
struct Candidate {
  const Layout* layout;
  Listing listing;
  std::vector<std::string> present;
};

/// Every layout of which a folder holds something. IDX files may be in its folder `raw`, where torchvision puts them.
std::vector<Candidate> candidates_in(const fs::path& folder) {
  std::vector<Candidate> candidates;
  const auto add = [&](const Layout* layout, const Listing& listing, const std::string& before) {
    std::vector<std::string> names = layout->present(listing);
    for (std::string& name : names) name = before + name;
    if (!names.empty()) candidates.push_back({layout, listing, std::move(names)});
  };
  const Listing listing = list_folder(folder);
  for (const Layout* layout : layouts) add(layout, listing, "");
  if (listing.folders.contains("raw")) add(&idx_layout, list_folder(folder / "raw"), "raw/");
  return candidates;
}

[[noreturn]] void refuse_several(const fs::path& folder, const std::vector<Candidate>& candidates) {
  std::vector<std::string> found;
  for (const Candidate& candidate : candidates)
    found.push_back(fmt::format("{} ({})", candidate.layout->name, listed({candidate.present.begin(), candidate.present.end()})));
  throw core::UserError(fmt::format("{}: contains files of {} layouts of data sets: {}; keep those of one layout",
                                    folder.string(), found.size(), fmt::join(found, " and ")));
}

/// The data set in a folder that exists.
Location location_in(const fs::path& folder, const std::string& name) {
  const std::vector<Candidate> candidates = candidates_in(folder);
  if (candidates.size() > 1) refuse_several(folder, candidates);
  if (!candidates.empty()) return {candidates[0].layout, candidates[0].layout->find(candidates[0].listing, name)};
  std::vector<std::string_view> required;
  for (const Layout* layout : layouts) required.push_back(layout->required);
  refuse_folder(list_folder(folder), {}, fmt::format("{}", fmt::join(required, ", or ")));
}

std::string how_to_get(const std::string& name) {
  if (name == "fashion-mnist") return "install the Debian package dataset-fashion-mnist";
  if (name == "mnist") return "run experiments/fetch-mnist DIR and give --data DIR";
  return "copy its files to that folder (IDX, CIFAR or .npz files, or folders of PNG files by class)";
}

/// Data sets that the roots hold.
std::vector<std::string> available(std::span<const fs::path> roots) {
  std::set<std::string> names{"synthetic"};
  for (const fs::path& root : roots) {
    std::error_code why;
    for (fs::directory_iterator entry(root, why), end; !why && entry != end; entry.increment(why)) {
      std::error_code ignored;
      if (entry->is_directory(ignored) && !candidates_in(entry->path()).empty()) names.insert(entry->path().filename().string());
      if (entry->path().extension() == ".npz") names.insert(entry->path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

[[noreturn]] void not_found(const std::string& name, std::span<const fs::path> roots) {
  std::vector<std::string> searched;
  for (const auto& root : roots) searched.push_back((root / name).string());
  const std::vector<std::string> names = available(roots);
  const std::string near = core::nearest(name, names);
  throw core::UserError(
      fmt::format("data set '{}' not found{}: there is no folder {}; {}, or give the folder that contains '{}' with --data "
                  "DIR or ESPALIER_DATA (available: {})",
                  name, near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), fmt::join(searched, " or "),
                  how_to_get(name), name, fmt::join(names, ", ")));
}

}  // namespace

Listing list_folder(const fs::path& folder) {
  Listing listing{folder, {}, {}};
  std::error_code why;
  for (fs::directory_iterator entry(folder, why), end; !why && entry != end; entry.increment(why)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) listing.files.insert(entry->path().filename().string());
    if (entry->is_directory(ignored)) listing.folders.insert(entry->path().filename().string());
  }
  if (why)
    throw core::UserError(fmt::format("{}: the folder cannot be read ({}); make it readable", folder.string(), why.message()));
  return listing;
}

std::string listed(const std::set<std::string>& names) {
  if (names.empty()) return "no files";
  std::vector<std::string> shown(names.begin(), names.end());
  const std::size_t more = shown.size() > listed_files ? shown.size() - listed_files : 0;
  shown.resize(shown.size() - more);
  return fmt::format("{}{}", fmt::join(shown, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

void refuse_folder(const Listing& listing, std::span<const std::string> missing, std::string_view required) {
  const std::string problem = missing.empty() ? "is not a data set" : fmt::format("lacks {}", fmt::join(missing, ", "));
  std::set<std::string> names = listing.files;
  for (const std::string& folder : listing.folders) names.insert(folder + "/");
  throw core::UserError(fmt::format("{}: {}; required: {}, found: {}; copy the data set again, or rename the folder",
                                    listing.folder.string(), problem, required, listed(names)));
}

Found found_files(const Listing& listing, std::span<const std::string> files, std::string_view required) {
  Found found{listing.folder, {}, {}};
  std::vector<std::string> missing;
  for (const std::string& file : files) {
    if (!listing.files.contains(file)) missing.push_back(file);
    found.files.push_back(listing.folder / file);
  }
  if (!missing.empty()) refuse_folder(listing, missing, required);
  for (std::size_t i = 0; i < std::min(files.size(), found.parts.size()); ++i) found.parts[i] = found.files[i].string();
  return found;
}

std::vector<fs::path> data_roots(const std::string& given, const char* environment) {
  std::vector<fs::path> roots;
  if (!given.empty()) roots.emplace_back(given);
  if (environment != nullptr && *environment != '\0') {
    std::error_code ignored;
    if (!fs::is_directory(environment, ignored))
      throw core::UserError(fmt::format("ESPALIER_DATA is '{}', which is not a folder; correct or unset it", environment));
    roots.emplace_back(environment);
  }
  roots.emplace_back("/usr/share/datasets");
  return roots;
}

Location locate(const std::string& name, std::span<const fs::path> roots) {
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
    throw core::UserError(
        fmt::format("'{}' is not a valid data set name; give the name of a folder inside the data folder", name));
  for (const auto& root : roots) {
    std::error_code ignored;
    const fs::path folder = root / name, archive = root / (name + ".npz");
    const bool has_folder = fs::exists(folder, ignored), has_archive = fs::is_regular_file(archive, ignored);
    if (has_folder && has_archive)
      throw core::UserError(
          fmt::format("data set '{}' is there twice: {} and {}; keep one of them", name, folder.string(), archive.string()));
    if (has_archive) return {&npz_layout, npz_layout.find(Listing{root, {archive.filename().string()}, {}}, name)};
    if (!has_folder) continue;
    if (!fs::is_directory(folder, ignored))
      throw core::UserError(fmt::format("{}: is a file; a data set is a folder, or a file {}.npz", folder.string(), name));
    return location_in(folder, name);
  }
  not_found(name, roots);
}

}  // namespace espalier::data
