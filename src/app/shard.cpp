// SPDX-License-Identifier: BSD-3-Clause
#include "app/shard.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "app/subset.hpp"
#include "espalier/core/error.hpp"
#include "espalier/core/sha256.hpp"

namespace espalier::app {
namespace {

bool read_number(std::string_view text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string hash_of(const core::Plan& plan, const Shard& shard) {
  return core::sha256(fmt::format("{} {}/{}", plan.hash, shard.number, shard.count));
}

/// Per model a number: equal for models whose cells `until` looks at together. Without it all differ.
std::vector<std::size_t> bundles_of(const core::Plan& plan) {
  std::vector<std::size_t> root(plan.models.size());
  std::iota(root.begin(), root.end(), 0);
  const auto find = [&](std::size_t model) {
    while (root[model] != model) model = root[model] = root[root[model]];
    return model;
  };
  for (const core::SeedGroup& group : plan.groups) {
    for (const auto* cells : {&group.cells, &group.against}) {
      for (const std::size_t cell : *cells) {
        const std::size_t a = find(plan.cells[group.cells.front()].model), b = find(plan.cells[cell].model);
        root[std::max(a, b)] = std::min(a, b);
      }
    }
  }
  std::map<std::size_t, std::size_t> number;
  std::vector<std::size_t> bundles;
  for (std::size_t model = 0; model < root.size(); ++model)
    bundles.push_back(number.emplace(find(model), number.size()).first->second);
  return bundles;
}

bool contains(const Shard& shard, std::size_t bundle) { return bundle % shard.count == shard.number - 1; }

}  // namespace

Shard parse_shard(const std::string& text) {
  const auto slash = text.find('/');
  Shard shard;
  const bool read = slash != std::string::npos && read_number(std::string_view(text).substr(0, slash), shard.number) &&
                    read_number(std::string_view(text).substr(slash + 1), shard.count);
  if (!read || shard.number < 1 || shard.number > shard.count)
    throw core::UserError(fmt::format("--shard must be I/N with 1 <= I <= N, for example 2/8; given '{}'", text));
  return shard;
}

core::Plan part_of(const core::Plan& plan, const Shard& shard) {
  const std::vector<std::size_t> bundles = bundles_of(plan);
  core::Plan part = subset_of(plan, [&](const core::Cell& cell) { return contains(shard, bundles[cell.model]); });
  part.hash = hash_of(plan, shard);
  return part;
}

std::optional<Shard> find_shard(const core::Plan& plan, const std::string& hash, std::size_t models) {
  std::vector<std::size_t> sizes;  // of the bundles
  for (const std::size_t bundle : bundles_of(plan)) {
    sizes.resize(std::max(sizes.size(), bundle + 1));
    ++sizes[bundle];
  }
  for (std::size_t count = 1; count <= sizes.size(); ++count) {
    for (std::size_t number = 1; number <= count; ++number) {
      std::size_t own = 0;
      for (std::size_t bundle = number - 1; bundle < sizes.size(); bundle += count) own += sizes[bundle];
      if (own == models && hash_of(plan, {number, count}) == hash) return Shard{number, count};
    }
  }
  return std::nullopt;
}

}  // namespace espalier::app
