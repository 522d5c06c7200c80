// SPDX-License-Identifier: BSD-3-Clause
#include "app/shard.hpp"

#include <fmt/core.h>

#include <charconv>
#include <limits>

#include "espalier/core/error.hpp"
#include "espalier/core/sha256.hpp"

namespace espalier::app {
namespace {

constexpr std::size_t left_out = std::numeric_limits<std::size_t>::max();

bool read_number(std::string_view text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// Copies the rows whose model is kept, with the model's new row; answers the new row of each old one.
template <typename Row, typename Adjust>
std::vector<std::size_t> keep(const std::vector<Row>& from, std::vector<Row>& to, const std::vector<std::size_t>& model_row,
                              const Adjust& adjust) {
  std::vector<std::size_t> rows(from.size(), left_out);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (model_row[from[i].model] == left_out) continue;
    rows[i] = to.size();
    to.push_back(from[i]);
    to.back().model = model_row[from[i].model];
    adjust(to.back());
  }
  return rows;
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
  core::Plan part = plan;
  part.models.clear(), part.fits.clear(), part.tails.clear(), part.cells.clear();
  std::vector<std::size_t> models(plan.models.size(), left_out);
  for (std::size_t m = shard.number - 1; m < plan.models.size(); m += shard.count) {
    models[m] = part.models.size();
    part.models.push_back(plan.models[m]);
  }
  const auto fits = keep(plan.fits, part.fits, models, [](core::FitSpec&) {});
  const auto move_fit = [&](auto& row) {
    if (row.fit) row.fit = fits[*row.fit];
  };
  const auto tails = keep(plan.tails, part.tails, models, move_fit);
  keep(plan.cells, part.cells, models, [&](core::Cell& cell) {
    move_fit(cell);
    if (cell.tail) cell.tail = tails[*cell.tail];
  });
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
