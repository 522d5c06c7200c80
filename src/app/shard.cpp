// SPDX-License-Identifier: BSD-3-Clause
#include "app/shard.hpp"

#include <fmt/core.h>

#include <charconv>

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
  core::Plan part = subset_of(plan, [&](const core::Cell& cell) { return cell.model % shard.count == shard.number - 1; });
  part.hash = hash_of(plan, shard);
  return part;
}

std::optional<Shard> find_shard(const core::Plan& plan, const std::string& hash, std::size_t models) {
  const std::size_t all = plan.models.size();
  for (std::size_t count = 1; count <= all; ++count) {
    for (std::size_t number = 1; number <= count; ++number) {
      const Shard shard{number, count};
      if ((all - number) / count + 1 == models && hash_of(plan, shard) == hash) return shard;
    }
  }
  return std::nullopt;
}

}  // namespace espalier::app
