// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>

#include "espalier/net/network.hpp"

namespace espalier::net {

/// Y += W X + b for the weights W (K x D) and biases b of `layer`; X (D x B), Y (K x B). By the kernels of the network: the
/// same bits on every instruction set, and for a column in every batch.
void add_product(const Layer& layer, const Matrix& X, Eigen::Ref<Matrix> Y);

/// Eigen blocks large products by the caches that it finds, and rounds accordingly. From here on all machines get the same
/// blocking. For the whole process; call it before the first product.
void fix_blocking();

}  // namespace espalier::net
