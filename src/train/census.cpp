// SPDX-License-Identifier: BSD-3-Clause
#include "train/census.hpp"

#include <algorithm>
#include <cmath>

#include "train/links.hpp"

namespace espalier::train {
namespace {

/// Sums over degrees, as whole numbers.
struct Spread {
  std::uint64_t n = 0, sum = 0, squares = 0;

  void add(std::uint64_t degree) {
    ++n;
    sum += degree;
    squares += degree * degree;
  }
  double sd() const {
    if (n == 0) return 0;
    const double mean = static_cast<double>(sum) / static_cast<double>(n);
    return std::sqrt(std::max(0.0, static_cast<double>(squares) / static_cast<double>(n) - mean * mean));
  }
};

/// Degrees as differences of the starts of each neuron's links.
void count_degrees(const std::vector<std::uint32_t>& start, Spread& spread,
                   std::array<std::uint32_t, core::degree_bins>& histogram) {
  for (std::size_t i = 0; i + 1 < start.size(); ++i) {
    const std::uint32_t degree = start[i + 1] - start[i];
    spread.add(degree);
    ++histogram[core::degree_bin(degree)];
  }
}

const net::SparseLayer* sparse(const net::Layer& layer) { return std::get_if<net::SparseLayer>(&layer); }

bool without_input(const net::Layer& layer, std::uint32_t k) {
  const auto* s = sparse(layer);
  return s && s->in_start[k] == s->in_start[k + 1];
}

bool without_output(const net::Layer& layer, std::uint32_t j) {
  const auto* s = sparse(layer);
  return s && s->start[j] == s->start[j + 1];
}

std::uint64_t dead_neurons(const net::Network& network) {
  std::uint64_t dead = 0;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l)
    for (std::uint32_t i = 0; i < net::outputs(network.layers[l]); ++i)
      dead += without_input(network.layers[l], i) || without_output(network.layers[l + 1], i);
  return dead;
}

}  // namespace

Census::Census(const net::Network& network) {
  for (const net::Layer& layer : network.layers) {
    if (!sparse(layer)) continue;
    previous_.push_back(occupancy(*sparse(layer)));
    ever_.emplace_back(previous_.back().size(), false);
    possible_ += previous_.back().size();
  }
}

void Census::count(const net::Network& network, double rewired, core::Epoch& record) {
  Spread in, out;
  std::uint64_t links = 0, fresh = 0, returned = 0;
  std::size_t number = 0;
  for (const net::Layer& layer : network.layers) {
    const net::SparseLayer* s = sparse(layer);
    if (!s) continue;
    core::LayerDegrees& degrees = record.degrees.emplace_back();
    count_degrees(s->in_start, in, degrees.in);
    count_degrees(s->start, out, degrees.out);
    std::vector<bool>&ever = ever_[number], &previous = previous_[number];
    for (const std::uint64_t p : places(*s)) {
      ++links;
      fresh += !previous[p];
      returned += !previous[p] && ever[p];
      ever_live_ += !ever[p];
      ever[p] = true;
    }
    previous = occupancy(*s);
    ++number;
  }
  record.turnover = links == 0 ? 0 : static_cast<double>(fresh) / static_cast<double>(links);
  record.ever_active = possible_ == 0 ? 1 : static_cast<double>(ever_live_) / static_cast<double>(possible_);
  record.returned = static_cast<double>(returned) + std::max(0.0, rewired - static_cast<double>(fresh));
  record.connected = connected_share(network);
  record.dead_neurons = static_cast<double>(dead_neurons(network));
  record.in_degree_sd = in.sd();
  record.out_degree_sd = out.sd();
}

void Census::walk(Archive& archive) {
  archive.number(ever_live_);
  for (auto* layers : {&previous_, &ever_})
    for (auto& layer : *layers) archive.bits(layer);
}

}  // namespace espalier::train
