// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <set>
#include <utility>
#include <variant>

#include "robust/networks.hpp"

/// What the tests of damage share.
namespace espalier::robust::testing {

inline net::Network damaged(const net::Network& network, const core::Settings& how, Seeds seeds = {7, 1}) {
  return std::get<Damage>(perturbation(how.kind).act)(network, how, seeds);
}

using Links = std::map<std::pair<std::uint32_t, std::uint32_t>, float>;  ///< (input, output) -> weight

/// Links of a layer; those of weight 0 in a dense layer are none.
inline Links links_of(const net::Layer& layer) {
  Links out;
  if (const auto* dense = std::get_if<net::DenseLayer>(&layer)) {
    for (std::uint32_t k = 0; k < net::outputs(layer); ++k)
      for (std::uint32_t j = 0; j < net::inputs(layer); ++j)
        if (dense->weight(k, j) != 0) out[{j, k}] = dense->weight(k, j);
    return out;
  }
  const auto& sparse = std::get<net::SparseLayer>(layer);
  for (std::uint32_t j = 0; j < sparse.inputs; ++j)
    for (std::uint32_t i = sparse.start[j]; i < sparse.start[j + 1]; ++i) out[{j, sparse.target[i]}] = sparse.weight[i];
  return out;
}

inline std::multiset<float> weights_of(const net::Layer& layer) {
  std::multiset<float> out;
  for (const auto& [link, weight] : links_of(layer)) out.insert(weight);
  return out;
}

}  // namespace espalier::robust::testing
