#include "data/locate.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "espalier/core/error.hpp"
#include "espalier/data/dataset.hpp"

namespace espalier::data {
namespace {

constexpr std::array<const char*, 4> file_names{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                                "t10k-labels-idx1-ubyte"};

/// `folder`/`file`, or with .gz; empty when there is neither.
std::filesystem::path plain_or_gzip(const std::filesystem::path& folder, const std::string& file) {
  for (const char* ending : {"", ".gz"}) {
    std::error_code ignored;
    const auto path = folder / (file + ending);
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

std::string how_to_get(const std::string& name) {
  if (name == "fashion-mnist") return "install the Debian package dataset-fashion-mnist";
  if (name == "mnist") return "run experiments/fetch-mnist";
  return "put its four IDX files there";
}

[[noreturn]] void not_found(const std::string& name, std::span<const std::filesystem::path> roots) {
  std::string searched;
  for (const auto& root : roots) searched += (searched.empty() ? "" : ", ") + (root / name).string();
  throw core::UserError(
      fmt::format("data set '{}' was not found in {}; {}, or name the folder that holds '{}' by --data DIR or "
                  "ESPALIER_DATA",
                  name, searched.empty() ? "any folder" : searched, how_to_get(name), name));
}

}  // namespace

std::vector<std::filesystem::path> data_roots(const std::string& given, const char* environment) {
  std::vector<std::filesystem::path> roots;
  if (!given.empty()) roots.emplace_back(given);
  if (environment != nullptr && *environment != '\0') roots.emplace_back(environment);
  roots.emplace_back("/usr/share/datasets");
  return roots;
}

Files locate(const std::string& name, std::span<const std::filesystem::path> roots) {
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
    throw core::UserError(fmt::format("'{}' cannot be a data set: its name is that of a folder in the data folder", name));
  for (const auto& root : roots) {
    Files files;
    std::string missing;
    for (std::size_t i = 0; i < files.size(); ++i) {
      files[i] = plain_or_gzip(root / name, file_names[i]);
      if (files[i].empty()) missing += fmt::format("{}{}[.gz]", missing.empty() ? "" : ", ", file_names[i]);
    }
    if (missing.empty()) return files;
    const bool none = std::ranges::all_of(files, [](const auto& file) { return file.empty(); });
    if (!none) throw core::UserError(fmt::format("{}: lacks {}; copy the data set again", (root / name).string(), missing));
  }
  not_found(name, roots);
}

}  // namespace espalier::data
