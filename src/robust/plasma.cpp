// SPDX-License-Identifier: BSD-3-Clause
#include "robust/plasma.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <vector>

namespace espalier::robust {
namespace {

/// Points of a torus of side x side, row by row.
class PlasmaGrid {
 public:
  explicit PlasmaGrid(std::size_t side) : side_(side), z_(std::make_unique_for_overwrite<double[]>(side * side)) {}
  std::size_t side() const { return side_; }
  std::span<double> row(std::size_t y) { return {&z_[(y & (side_ - 1)) * side_], side_}; }
  std::span<const double> row(std::size_t y) const { return {&z_[(y & (side_ - 1)) * side_], side_}; }

 private:
  std::size_t side_;
  std::unique_ptr<double[]> z_;
};

/// The points between those of a grid: right of and below each (centre), right of it, and below it. Separate grids, so that
/// neighbours are neighbours in memory.
struct PlasmaStep {
  PlasmaGrid centre, right, below;
};

/// Of heights; none at first.
struct Extremes {
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;

  void add(const Extremes& other) {
    lowest = std::min(lowest, other.lowest);
    highest = std::max(highest, other.highest);
  }
  /// Whether what is up to `slack` beyond `other` can be outside.
  bool near(const Extremes& other, double slack) const {
    return other.lowest - slack < lowest || other.highest + slack > highest;
  }
};

/// In strands that vectorise.
Extremes extremes(std::span<const double> row) {
  constexpr std::size_t strands = 16;
  std::array<double, strands> low, high;
  low.fill(row[0]);
  high.fill(row[0]);
  for (std::size_t i = 0; i < row.size(); i += strands)
    for (std::size_t s = 0; s < std::min(strands, row.size() - i); ++s) {
      const double z = row[i + s];
      low[s] = z < low[s] ? z : low[s];
      high[s] = z > high[s] ? z : high[s];
    }
  return {std::ranges::min(low), std::ranges::max(high)};
}

/// to[x] = (a[x] + b[x] + c[x] + d[x]) / 4 + amplitude draws[x]
void place(std::span<double> to, const std::array<std::span<const double>, 4>& from, double amplitude,
           std::span<const float> draws) {
  const auto [a, b, c, d] = from;
  for (std::size_t x = 0; x < to.size(); ++x) to[x] = (a[x] + b[x] + c[x] + d[x]) / 4 + amplitude * static_cast<double>(draws[x]);
}

/// to[x] = from[x + 1], or from[x - 1], on the torus.
void turn_left(std::span<const double> from, std::span<double> to) {
  std::ranges::rotate_copy(from, from.begin() + 1, to.begin());
}
void turn_right(std::span<const double> from, std::span<double> to) {
  std::ranges::rotate_copy(from, from.end() - 1, to.begin());
}

/// Rows first .. last-1.
struct Run {
  std::size_t first, last;
};

std::vector<Run> runs_of(const std::vector<bool>& rows) {
  std::vector<Run> runs;
  for (std::size_t y = 0; y < rows.size(); ++y) {
    if (!rows[y]) continue;
    if (runs.empty() || runs.back().last < y) runs.push_back({y, y});
    runs.back().last = y + 1;
  }
  return runs;
}

/// The rows on the torus that are at most `reach` from one of `rows`.
std::vector<bool> widened(const std::vector<bool>& rows, std::size_t reach) {
  const std::size_t n = rows.size();
  std::vector<bool> wide(n);
  for (std::size_t y = 0; y < n; ++y)
    for (std::size_t other = y + n - reach; rows[y] && other <= y + n + reach; ++other) wide[other % n] = true;
  return wide;
}

/// The rows of a step that are `needed`, and the centres above them. Its draws are from number n^2 - 1 of `draws` on: centres,
/// then points right, then points below, row by row.
PlasmaStep refined(const PlasmaGrid& corners, double amplitude, const PlasmaDraws& draws, const std::vector<bool>& needed) {
  const std::size_t n = corners.side();
  PlasmaStep step{PlasmaGrid(n), PlasmaGrid(n), PlasmaGrid(n)};
  std::vector<double> here(n), under(n);
  std::vector<float> drawn;
  const auto make = [&](std::size_t plane, const std::vector<bool>& rows, const auto& make_row) {
    for (const Run& run : runs_of(rows)) {
      drawn.resize((run.last - run.first) * n);
      draws(n * n - 1 + (plane * n + run.first) * n, drawn);
      for (std::size_t y = run.first; y < run.last; ++y) make_row(y, std::span(drawn).subspan((y - run.first) * n, n));
    }
  };
  std::vector<bool> centres = needed;
  for (std::size_t y = 0; y < n; ++y) centres[(y + n - 1) % n] = centres[(y + n - 1) % n] || needed[y];
  make(0, centres, [&](std::size_t y, std::span<const float> draw) {
    turn_left(corners.row(y), here);
    turn_left(corners.row(y + 1), under);
    place(step.centre.row(y), {corners.row(y), under, corners.row(y + 1), here}, amplitude, draw);
  });
  make(1, needed, [&](std::size_t y, std::span<const float> draw) {
    turn_left(corners.row(y), here);
    place(step.right.row(y), {corners.row(y), here, step.centre.row(y), step.centre.row(y + n - 1)}, amplitude, draw);
  });
  make(2, needed, [&](std::size_t y, std::span<const float> draw) {
    turn_right(step.centre.row(y), here);
    place(step.below.row(y), {here, step.centre.row(y), corners.row(y + 1), corners.row(y)}, amplitude, draw);
  });
  return step;
}

/// The points of both in one grid; rows that were not `made` are left out.
PlasmaGrid interleaved(const PlasmaGrid& corners, const PlasmaStep& step, const std::vector<bool>& made) {
  PlasmaGrid all(2 * corners.side());
  const auto weave = [](std::span<const double> even, std::span<const double> odd, std::span<double> to) {
    for (std::size_t x = 0; x < even.size(); ++x) {
      to[2 * x] = even[x];
      to[2 * x + 1] = odd[x];
    }
  };
  for (std::size_t y = 0; y < corners.side(); ++y) {
    if (!made[y]) continue;
    weave(corners.row(y), step.right.row(y), all.row(2 * y));
    weave(step.below.row(y), step.centre.row(y), all.row(2 * y + 1));
  }
  return all;
}

/// A plasma in the making: a grid, which of its rows exist, and the extremes of all heights so far.
///
/// Heights between points are within 1.5 amplitudes of the extremes of the rows around them. So rows that are not returned are
/// only made where what is still to come can reach the extremes of all.
struct Plasma {
  PlasmaGrid corners{1};
  std::vector<bool> exist{true};
  Extremes all{};

  /// Rows that are returned (the first ones), and those whose heights are within `slack` of the extremes; `reach` rows around
  /// them too, which the next steps need.
  std::vector<bool> needed(std::size_t returned, double slack, std::size_t reach) {
    const std::size_t n = corners.side();
    std::vector<Extremes> of_row(n);
    for (std::size_t y = 0; y < n; ++y) {
      if (exist[y]) of_row[y] = extremes(corners.row(y));
      all.add(of_row[y]);
    }
    std::vector<bool> rows(n);
    for (std::size_t y = 0; y < n; ++y) rows[y] = y < returned || (exist[y] && all.near(of_row[y], slack));
    return widened(rows, std::min(reach, n));
  }

  void refine(const PlasmaStep& step, const std::vector<bool>& made) {
    corners = interleaved(corners, step, made);
    exist.resize(corners.side());
    for (std::size_t y = 0; y < exist.size(); ++y) exist[y] = made[y / 2];
  }
};

/// The top left height x width points of the last step, brought to [0, 1] by the extremes of all.
Image normalised(const Plasma& plasma, const PlasmaStep& step, const std::vector<bool>& made, int height, int width) {
  Extremes all = plasma.all;
  for (std::size_t y = 0; y < made.size(); ++y)
    if (made[y])
      for (const PlasmaGrid* grid : {&step.centre, &step.right, &step.below}) all.add(extremes(grid->row(y)));
  Image map(height, width);
  for (int y = 0; y < height; ++y) {
    const auto row = static_cast<std::size_t>(y / 2);
    const std::span<const double> even = (y % 2 == 0 ? plasma.corners : step.below).row(row);
    const std::span<const double> odd = (y % 2 == 0 ? step.right : step.centre).row(row);
    for (int x = 0; x < width; ++x)
      map.at(x, y) = ((x % 2 == 0 ? even : odd)[static_cast<std::size_t>(x / 2)] - all.lowest) / (all.highest - all.lowest);
  }
  return map;
}

}  // namespace

Image plasma(int side, double decay, const PlasmaDraws& draws, int height, int width) {
  const std::size_t last = static_cast<std::size_t>(side) / 2;
  std::vector<float> first_draws(std::min<std::size_t>(last, 64) * std::min<std::size_t>(last, 64) - 1);
  draws(0, first_draws);  // the short rows at once: generators make many numbers at a time
  const PlasmaDraws short_rows = [&](std::size_t first, std::span<float> out) {
    std::copy_n(&first_draws[first], out.size(), out.begin());
  };
  Plasma plasma;
  plasma.corners.row(0)[0] = 0;
  double amplitude = 1;
  for (;; amplitude /= decay * decay) {
    const std::size_t n = plasma.corners.side(), scale = 2 * last / n;  // final rows per row
    const double slack = 2 * amplitude / (1 - 1 / (decay * decay));     // of this step and all that follow
    const std::vector<bool> made = plasma.needed((static_cast<std::size_t>(height) + scale - 1) / scale, slack, n < last ? 3 : 1);
    const PlasmaStep step = refined(plasma.corners, amplitude, 4 * n * n <= first_draws.size() + 1 ? short_rows : draws, made);
    if (n == last) return normalised(plasma, step, made, height, width);
    plasma.refine(step, made);
  }
}

}  // namespace espalier::robust
