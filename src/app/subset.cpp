// SPDX-License-Identifier: BSD-3-Clause
#include "app/subset.hpp"

#include <algorithm>
#include <limits>

namespace espalier::app {
namespace {

/// New row numbers of the kept rows of one table.
class Renumbered {
 public:
  explicit Renumbered(std::size_t rows) : number_(rows, unused) {}

  void keep(std::size_t row) { number_[row] = 0; }
  void keep(std::optional<std::size_t> row) {
    if (row) keep(*row);
  }
  bool is_kept(std::size_t row) const { return number_[row] != unused; }
  /// Copies the kept rows and gives them their numbers.
  template <typename Row>
  std::vector<Row> copy(const std::vector<Row>& from) {
    std::vector<Row> to;
    for (std::size_t row = 0; row < from.size(); ++row) {
      if (!is_kept(row)) continue;
      number_[row] = to.size();
      to.push_back(from[row]);
    }
    return to;
  }
  void update(std::size_t& row) const { row = number_[row]; }
  void update(std::optional<std::size_t>& row) const {
    if (row) row = number_[*row];
  }

 private:
  static constexpr std::size_t unused = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> number_;
};

/// The groups with the seeds whose cells are kept.
void keep_groups(const core::Plan& plan, const std::function<bool(const core::Cell&)>& kept, core::Plan& part) {
  if (plan.groups.empty()) return;
  Renumbered cells(plan.cells.size());
  for (std::size_t row = 0; row < plan.cells.size(); ++row)
    if (kept(plan.cells[row])) cells.keep(row);
  static_cast<void>(cells.copy(plan.cells));
  part.groups.clear();
  for (const core::SeedGroup& group : plan.groups) {
    core::SeedGroup own;
    for (std::size_t i = 0; i < group.cells.size(); ++i) {
      const bool paired = !group.against.empty();
      if (!cells.is_kept(group.cells[i]) || (paired && !cells.is_kept(group.against[i]))) continue;
      cells.update(own.cells.emplace_back(group.cells[i]));
      if (paired) cells.update(own.against.emplace_back(group.against[i]));
    }
    if (!own.cells.empty()) part.groups.push_back(std::move(own));
  }
}

}  // namespace

core::Plan subset_of(const core::Plan& plan, const std::function<bool(const core::Cell&)>& kept) {
  core::Plan part = plan;
  part.cells.clear();
  std::ranges::copy_if(plan.cells, std::back_inserter(part.cells), kept);
  Renumbered models(plan.models.size()), fits(plan.fits.size()), tails(plan.tails.size());
  for (const core::Cell& cell : part.cells) {
    models.keep(cell.model);
    fits.keep(cell.fit);
    tails.keep(cell.tail);
  }
  for (std::size_t tail = 0; tail < plan.tails.size(); ++tail)
    if (tails.is_kept(tail)) fits.keep(plan.tails[tail].fit);
  part.models = models.copy(plan.models);
  part.fits = fits.copy(plan.fits);
  part.tails = tails.copy(plan.tails);
  for (core::FitSpec& fit : part.fits) models.update(fit.model);
  for (core::TailSpec& tail : part.tails) models.update(tail.model), fits.update(tail.fit);
  for (core::Cell& cell : part.cells) models.update(cell.model), fits.update(cell.fit), tails.update(cell.tail);
  keep_groups(plan, kept, part);
  return part;
}

}  // namespace espalier::app
