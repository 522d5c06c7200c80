#pragma once

namespace espalier::bench {

/// One step of Adam on Eigen's arrays of any kind: w -= rate m / (sqrt(v) + epsilon).
template <typename W, typename G, typename M, typename V>
void adam(W&& w, const G& g, M&& m, V&& v) {
  m = 0.9f * m + 0.1f * g;
  v = 0.999f * v + 0.001f * g.square();
  w -= 1e-5f * m / (v.sqrt() + 1e-8f);
}

}  // namespace espalier::bench
