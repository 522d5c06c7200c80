// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <algorithm>

#include "robust/damage.hpp"

using namespace espalier;
using namespace espalier::robust::testing;

namespace {

using Neuron = std::pair<std::size_t, std::uint32_t>;  ///< hidden layer, number in it

/// Links in and out of every hidden neuron, counted link by link.
std::map<Neuron, int> degrees(const net::Network& network) {
  std::map<Neuron, int> out;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l)
    for (std::uint32_t k = 0; k < net::outputs(network.layers[l]); ++k) out[{l, k}] = 0;
  for (std::size_t l = 0; l < network.layers.size(); ++l)
    for (const auto& [link, weight] : links_of(network.layers[l])) {
      if (l > 0) ++out[{l - 1, link.first}];
      if (l + 1 < network.layers.size()) ++out[{l, link.second}];
    }
  return out;
}

/// The links of layer l without those of the neurons that are gone.
Links without(const net::Network& network, std::size_t l, const std::set<Neuron>& gone) {
  Links left = links_of(network.layers[l]);
  std::erase_if(left, [&](const auto& entry) {
    return (l > 0 && gone.contains({l - 1, entry.first.first})) || gone.contains({l, entry.first.second});
  });
  return left;
}

}  // namespace

TEST_CASE("Removing neurons takes all links of exactly round(level * neurons) of them and no others, nested along the level") {
  for (const net::Network& network : {sparse_network({20, 16, 12, 5}, 0.5, 1), dense_network({8, 7, 6, 3}, 2)}) {
    const auto before = degrees(network);
    for (const char* order : {"random", "degree"}) {
      CAPTURE(order);
      std::set<Neuron> lower;
      for (const double level : {0.0, 0.25, 0.5, 1.0}) {
        const net::Network after =
            damaged(network, settings("remove-neurons", {{"level", level}, {"order", std::string(order)}}));

        std::set<Neuron> gone;
        for (const auto& [neuron, degree] : degrees(after))
          if (degree == 0) gone.insert(neuron);
        const auto count = static_cast<std::size_t>(std::lround(level * static_cast<double>(before.size())));
        CHECK(gone.size() == count);
        for (std::size_t l = 0; l < network.layers.size(); ++l) CHECK(links_of(after.layers[l]) == without(network, l, gone));
        CHECK(std::ranges::includes(gone, lower));
        lower = gone;
      }
    }
  }
}

TEST_CASE("By degree, the neurons with the most links go first") {
  const net::Network network = sparse_network({20, 16, 12, 5}, 0.5, 3);
  const net::Network after = damaged(network, settings("remove-neurons", {{"level", 0.3}, {"order", std::string("degree")}}));

  const auto left = degrees(after);
  int least_gone = 1000, most_left = 0;
  for (const auto& [neuron, degree] : degrees(network)) {
    if (left.at(neuron) == 0)
      least_gone = std::min(least_gone, degree);
    else
      most_left = std::max(most_left, degree);
  }
  CHECK(least_gone >= most_left);
  CHECK(most_left > 0);
}
