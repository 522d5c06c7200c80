// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "espalier/core/layers.hpp"

namespace espalier::net {

/// Calls visit(output, input, weight) for every product of a convolution: numbers of the output unit before pooling, of the input
/// unit and of the weight, in the order of the sums. For references and small networks: the kernels do not use it.
template <typename Visit>
void for_each_product(const core::Filters& f, const Visit& visit) {
  const std::size_t pixels = std::size_t{f.rows()} * f.columns(), taps = std::size_t{f.kernel} * f.kernel;
  for (std::size_t output = 0; output < f.count * pixels; ++output) {
    const std::size_t filter = output / pixels, y = output % pixels / f.columns(), x = output % f.columns();
    for (std::size_t weight = 0; weight < f.channels * taps; ++weight) {
      const std::size_t channel = weight / taps, row = y + weight % taps / f.kernel, column = x + weight % f.kernel;
      if (row < f.padding || row >= f.height + f.padding || column < f.padding || column >= f.width + f.padding) continue;
      visit(output, (channel * f.height + row - f.padding) * f.width + column - f.padding, filter * f.channels * taps + weight);
    }
  }
}

}  // namespace espalier::net
