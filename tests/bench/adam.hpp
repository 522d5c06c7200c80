// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace espalier::bench {

/// A rate so small that benchmarks keep training the same network.
inline constexpr float still = 1e-5f;

/// One step of Adam on Eigen's arrays of any kind: w -= rate m / (sqrt(v) + epsilon), without corrections for the start.
template <typename W, typename G, typename M, typename V>
void adam(W&& w, const G& g, M&& m, V&& v, float rate) {
  m = 0.9f * m + 0.1f * g;
  v = 0.999f * v + 0.001f * g.square();
  w -= rate * m / (v.sqrt() + 1e-8f);
}

}  // namespace espalier::bench
