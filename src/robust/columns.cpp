// SPDX-License-Identifier: BSD-3-Clause
#include "robust/columns.hpp"

namespace espalier::robust {

net::Matrix columns(const net::Matrix& X, std::span<const std::size_t> which) {
  net::Matrix out(X.rows(), static_cast<Eigen::Index>(which.size()));
  for (Eigen::Index d = 0; d < X.rows(); ++d)
    for (std::size_t i = 0; i < which.size(); ++i)
      out(d, static_cast<Eigen::Index>(i)) = X(d, static_cast<Eigen::Index>(which[i]));
  return out;
}

net::Batch columns(const net::Batch& batch, std::span<const std::size_t> which) {
  return {columns(batch.X, which), chosen(batch.images, which)};
}

}  // namespace espalier::robust
