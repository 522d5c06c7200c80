// SPDX-License-Identifier: BSD-3-Clause
#include "data/locate.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "espalier/core/error.hpp"
#include "espalier/core/nearest.hpp"
#include "espalier/data/dataset.hpp"

namespace espalier::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> usual_names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                                 "t10k-labels-idx1-ubyte"};
/// Files of a folder that an error lists.
constexpr std::size_t listed_files = 12;

/// One of the four parts of a data set, as a file name states it.
struct Part {
  std::string prefix;  ///< "emnist-letters-"; mostly empty
  std::size_t index = 0;
  bool plain = true;  ///< not .gz
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<Part> part_of(const std::string& file) {
  static const std::regex form(
      "(.*[-_.])?(train|t10k|test)[-_.](images[-_.]idx3[-_.]ubyte|labels[-_.]idx(?:1[-_.]ubyte|2[-_.]int))(\\.gz)?");
  const std::string name = lower(file);
  std::smatch match;
  if (!std::regex_match(name, match, form)) return std::nullopt;
  const std::size_t test = match[2] == "train" ? 0 : 2;
  return Part{match[1], test + (match[3].str().starts_with("labels") ? 1 : 0), !match[4].matched};
}

/// The sets of files in a folder by their prefixes, plain files before .gz, else the first in the order of names.
std::map<std::string, Files> sets_in(const std::set<std::string>& names, const fs::path& folder) {
  std::map<std::string, Files> sets;
  for (const bool plain : {true, false})
    for (const std::string& name : names)
      if (const auto part = part_of(name); part && part->plain == plain)
        if (fs::path& file = sets[part->prefix][part->index]; file.empty()) file = folder / name;
  return sets;
}

std::set<std::string> regular_files(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code why;
  for (fs::directory_iterator entry(folder, why), end; !why && entry != end; entry.increment(why))
    if (std::error_code ignored; entry->is_regular_file(ignored)) names.insert(entry->path().filename().string());
  if (why)
    throw core::UserError(fmt::format("{}: the folder cannot be read ({}); make it readable", folder.string(), why.message()));
  return names;
}

std::string listed(const std::set<std::string>& names) {
  if (names.empty()) return "no files";
  std::vector<std::string> shown(names.begin(), names.end());
  const std::size_t more = shown.size() > listed_files ? shown.size() - listed_files : 0;
  shown.resize(shown.size() - more);
  return fmt::format("{}{}", fmt::join(shown, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

bool is_complete(const Files& files) {
  return std::ranges::none_of(files, [](const fs::path& file) { return file.empty(); });
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::map<std::string, Files>& sets,
                                const std::set<std::string>& names) {
  std::vector<std::string> complete;
  for (const auto& [prefix, files] : sets)
    if (is_complete(files)) complete.push_back(prefix);
  if (complete.size() > 1)
    throw core::UserError(
        fmt::format("{}: contains {} data sets, with file names that start with {}; move each data set to its own folder",
                    folder.string(), complete.size(), fmt::join(complete, ", ")));
  std::vector<std::string> missing;
  if (sets.size() == 1)
    for (std::size_t i = 0; i < usual_names.size(); ++i)
      if (sets.begin()->second[i].empty()) missing.push_back(sets.begin()->first + usual_names[i]);
  const std::string problem = missing.empty() ? "is not a data set" : fmt::format("lacks {}", fmt::join(missing, ", "));
  throw core::UserError(
      fmt::format("{}: {}; required: {} (each plain or .gz), found: {}; copy the data set again, or rename the folder",
                  folder.string(), problem, fmt::join(usual_names, ", "), listed(names)));
}

/// The files of the data set in a folder that exists.
Files files_in(const fs::path& folder, const std::string& name) {
  const std::set<std::string> names = regular_files(folder);
  const std::map<std::string, Files> sets = sets_in(names, folder);
  for (const std::string& prefix : {std::string(), lower(name) + "-"})
    if (const auto found = sets.find(prefix); found != sets.end() && is_complete(found->second)) return found->second;
  const auto complete = [](const auto& set) { return is_complete(set.second); };
  const auto found = std::ranges::find_if(sets, complete);
  if (std::ranges::count_if(sets, complete) != 1) refuse_folder(folder, sets, names);
  return found->second;
}

std::string how_to_get(const std::string& name) {
  if (name == "fashion-mnist") return "install the Debian package dataset-fashion-mnist";
  if (name == "mnist") return "run experiments/fetch-mnist DIR and give --data DIR";
  return fmt::format("copy its four IDX files to that folder ({}; plain or .gz)", fmt::join(usual_names, ", "));
}

/// Data sets that the roots hold.
std::vector<std::string> available(std::span<const fs::path> roots) {
  std::set<std::string> names{"synthetic"};
  for (const fs::path& root : roots) {
    std::error_code why;
    for (fs::directory_iterator entry(root, why), end; !why && entry != end; entry.increment(why))
      if (std::error_code ignored; entry->is_directory(ignored))
        for (const std::string& file : regular_files(entry->path()))
          if (part_of(file)) names.insert(entry->path().filename().string());
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

Files locate(const std::string& name, std::span<const fs::path> roots) {
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
    throw core::UserError(
        fmt::format("'{}' is not a valid data set name; give the name of a folder inside the data folder", name));
  for (const auto& root : roots)
    if (std::error_code ignored; fs::exists(root / name, ignored)) {
      if (!fs::is_directory(root / name, ignored))
        throw core::UserError(fmt::format("{}: is a file; a data set is a folder of four IDX files", (root / name).string()));
      return files_in(root / name, name);
    }
  not_found(name, roots);
}

}  // namespace espalier::data
