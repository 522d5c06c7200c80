// SPDX-License-Identifier: BSD-3-Clause
// Four IDX files. Names follow MNIST's and its relatives': [PREFIX-]{train,t10k,test}-{images,labels}{-,.}idxN{-,.}{ubyte,int,
// float}[.gz], in capitals or not, plain before .gz. Files without a prefix take precedence, then those whose prefix is the data
// set's name.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <regex>

#include "data/layout.hpp"
#include "espalier/core/error.hpp"

namespace espalier::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> usual_names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                                 "t10k-labels-idx1-ubyte"};
constexpr std::string_view required_names =
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (each plain or .gz)";
constexpr std::array<Content, 4> contents{Content::images, Content::labels, Content::images, Content::labels};

using Files = std::array<std::string, 4>;

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
      "(.*[-_.])?(train|t10k|test)[-_.](images[-_.]idx[34][-_.](?:ubyte|int|float)|labels[-_.]idx(?:1[-_.]ubyte|[12][-_.]int))"
      "(\\.gz)?");
  const std::string name = lower(file);
  std::smatch match;
  if (!std::regex_match(name, match, form)) return std::nullopt;
  const std::size_t test = match[2] == "train" ? 0 : 2;
  return Part{match[1], test + (match[3].str().starts_with("labels") ? 1 : 0), !match[4].matched};
}

std::vector<std::string> present(const Listing& listing) {
  std::vector<std::string> names;
  std::ranges::copy_if(listing.files, std::back_inserter(names),
                       [](const std::string& name) { return part_of(name).has_value(); });
  return names;
}

/// The sets of files in a folder by their prefixes, plain files before .gz, else the first in the order of names.
std::map<std::string, Files> sets_in(const std::set<std::string>& names) {
  std::map<std::string, Files> sets;
  for (const bool plain : {true, false})
    for (const std::string& name : names)
      if (const auto part = part_of(name); part && part->plain == plain)
        if (std::string& file = sets[part->prefix][part->index]; file.empty()) file = name;
  return sets;
}

bool is_complete(const Files& files) { return std::ranges::none_of(files, &std::string::empty); }

[[noreturn]] void refuse(const Listing& listing, const std::map<std::string, Files>& sets) {
  std::vector<std::string> complete, missing;
  for (const auto& [prefix, files] : sets)
    if (is_complete(files)) complete.push_back(prefix);
  if (complete.size() > 1)
    throw core::UserError(
        fmt::format("{}: contains {} data sets, with file names that start with {}; move each data set to its own folder",
                    listing.folder.string(), complete.size(), fmt::join(complete, ", ")));
  if (sets.size() == 1)
    for (std::size_t i = 0; i < usual_names.size(); ++i)
      if (sets.begin()->second[i].empty()) missing.push_back(sets.begin()->first + usual_names[i]);
  refuse_folder(listing, missing, required_names);
}

Found find(const Listing& listing, const std::string& dataset) {
  const std::map<std::string, Files> sets = sets_in(listing.files);
  for (const std::string& prefix : {std::string(), lower(dataset) + "-"})
    if (const auto own = sets.find(prefix); own != sets.end() && is_complete(own->second))
      return found_files(listing, own->second, required_names);
  const auto complete = [](const auto& set) { return is_complete(set.second); };
  if (std::ranges::count_if(sets, complete) != 1) refuse(listing, sets);
  return found_files(listing, std::ranges::find_if(sets, complete)->second, required_names);
}

std::ifstream open(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw core::UserError(fmt::format("{}: cannot be read ({})", path.string(), std::strerror(errno)));
  return in;
}

Outline outline(const Found& found) {
  Outline outline;
  for (std::size_t i = 0; i < 4; ++i) {
    std::ifstream in = open(found.files[i]);
    if (contents[i] == Content::images) {
      outline.headers[i] = read_header(in, contents[i], found.parts[i]);
    } else {
      std::vector<std::uint8_t> labels = read_idx(in, contents[i], found.parts[i]);
      outline.headers[i] = parse_header(labels, contents[i], found.parts[i]);
      labels.erase(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(outline.headers[i].header_bytes));
      outline.labels[i / 2] = std::move(labels);
    }
  }
  return outline;
}

Parts read(const Found& found) {
  Parts parts;
  for (std::size_t i = 0; i < 4; ++i) {
    std::ifstream in = open(found.files[i]);
    parts[i] = read_idx(in, contents[i], found.parts[i]);
  }
  return parts;
}

}  // namespace

const Layout idx_layout{"IDX files", required_names, present, find, outline, read};

}  // namespace espalier::data
