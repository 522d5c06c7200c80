// SPDX-License-Identifier: BSD-3-Clause
#include "robust/box_projection.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::robust {
namespace {

/// One entry of x: it moves by min(t speed, room) in the direction of the gain, with t >= 0 common to all entries.
struct Entry {
  double slope;  ///< |w|: gain per length
  double speed;  ///< |w| under l2, 1 under linf: the optimality conditions of the two norms
  double room;   ///< distance to the side of the box
};

struct Gain {
  double reached = 0, growth = 0;  ///< w . d at t, and its derivative
};

Gain gain_at(const std::vector<Entry>& entries, double t) {
  Gain gain;
  for (const Entry& e : entries) {
    const bool is_free = t * e.speed < e.room;
    gain.reached += e.slope * (is_free ? t * e.speed : e.room);
    gain.growth += is_free ? e.slope * e.speed : 0;
  }
  return gain;
}

/// The t at which the gain is `wanted`. The gain is concave and piecewise linear in t, so Newton's method from 0 never overshoots
/// and ends after finitely many steps; it ends where nothing can grow, too.
double time_of(const std::vector<Entry>& entries, double wanted) {
  double t = 0;
  for (std::size_t step = 0; step <= entries.size(); ++step) {
    const Gain gain = gain_at(entries, t);
    if (gain.growth <= 0) break;
    const double next = t + (wanted - gain.reached) / gain.growth;
    if (!(next > t)) break;
    t = next;
  }
  return t;
}

}  // namespace

std::vector<double> shortest_change(Norm norm, std::span<const float> x, std::span<const float> w, double gain) {
  const double side = gain < 0 ? -1 : 1;
  std::vector<Entry> entries(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double slope = std::abs(static_cast<double>(w[i])), at = static_cast<double>(x[i]);
    const bool upwards = side * static_cast<double>(w[i]) > 0;
    const double room = slope > 0 ? std::max(upwards ? 1 - at : at, 0.0) : 0;
    entries[i] = {slope, norm == Norm::linf ? 1 : slope, room};
  }
  const double t = time_of(entries, std::abs(gain));
  std::vector<double> d(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double length = std::min(t * entries[i].speed, entries[i].room);
    d[i] = side * static_cast<double>(w[i]) > 0 ? length : -length;
  }
  return d;
}

}  // namespace espalier::robust
