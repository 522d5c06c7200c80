// SPDX-License-Identifier: BSD-3-Clause
#include "robust/change.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace espalier::robust {

void measure(const net::Matrix& clean, const net::Matrix& changed, Change& change) {
  const auto B = static_cast<std::size_t>(clean.cols());
  std::vector<double> linf(B, 0), squares(B, 0);
  for (Eigen::Index d = 0; d < clean.rows(); ++d)
    for (std::size_t b = 0; b < B; ++b) {
      const auto column = static_cast<Eigen::Index>(b);
      const double delta = std::abs(static_cast<double>(changed(d, column)) - static_cast<double>(clean(d, column)));
      linf[b] = std::max(linf[b], delta);
      squares[b] += delta * delta;
    }
  change.linf.insert(change.linf.end(), linf.begin(), linf.end());
  for (const double sum : squares) change.l2.push_back(std::sqrt(sum));
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace espalier::robust
