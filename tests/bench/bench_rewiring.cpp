// SPDX-License-Identifier: BSD-3-Clause
#include "adam.hpp"
#include "espalier/core/random.hpp"
#include "espalier/train/topology.hpp"
#include "paired.hpp"
#include "trainer.hpp"

namespace espalier::bench {
namespace {

/// SET with a share of 0.3 on all sparse layers, with Adam's two values per link.
struct Rewirer {
  explicit Rewirer(net::Network& net) : network(net), m(net.layers.size()), v(net.layers.size()) {
    for (std::size_t l = 0; l < net.layers.size(); ++l) m[l] = v[l] = std::vector<float>(net::links(net.layers[l]));
  }

  std::uint64_t run() {
    std::vector<train::Rewiring> layers;
    for (std::size_t l = 0; l < network.layers.size(); ++l)
      if (auto* layer = std::get_if<net::SparseLayer>(&network.layers[l]))
        layers.push_back({*layer, {&m[l], &v[l]}, 0.3, core::Stream(1, "bench rewiring").random(l, ++times), {}});
    return train::rule("set").rewire(layers);
  }

  net::Network& network;
  std::vector<std::vector<float>> m, v;
  std::uint64_t times = 0;
};

/// Three layers after an epoch, as a share of that epoch.
void after_an_epoch(benchmark::State& state) {
  auto network = default_network();
  const auto images = make_images(10000);
  Trainer trainer(network);
  Rewirer rewirer(network);
  std::vector<double> share;
  for (auto _ : state) {
    std::size_t step = 0;
    const auto some = [&] { return std::span(images.order).subspan(step++ % (images.order.size() / batch) * batch, batch); };
    const double epoch = seconds_of([&] { trainer.step(images.pixels, images.labels, some(), still); }, 100) *
                         static_cast<double>(epoch_images) / static_cast<double>(batch);
    const double own = seconds_of([&] { rewirer.run(); }, 5);
    share.push_back(own / epoch);
    state.SetIterationTime(own);
  }
  state.counters["of_epoch_%"] = 100 * median(share);
}

/// One layer of `width` inputs and outputs; density in tenths of a percent.
void one_layer(benchmark::State& state) {
  const auto width = static_cast<std::uint32_t>(state.range(0));
  auto network = make_network(width, width, 1, static_cast<double>(state.range(1)) / 1000);
  Rewirer rewirer(network);
  std::vector<double> seconds;
  for (auto _ : state) {
    seconds.push_back(seconds_of([&] { rewirer.run(); }, 1));
    state.SetIterationTime(seconds.back());
  }
  state.counters["ns/link"] = median(seconds) * 1e9 / static_cast<double>(sparse_links(network));
}

BENCHMARK(after_an_epoch)->Name("rewiring/set")->Apply([](auto* b) { in_rounds(b); });
BENCHMARK(one_layer)
    ->Name("rewiring/layer")
    ->ArgNames({"width", "permille"})
    ->Args({1000, 10})
    ->Args({1000, 500})
    ->Args({1000, 990})
    ->Args({10000, 1})
    ->Apply([](auto* b) { in_rounds(b); });

}  // namespace
}  // namespace espalier::bench
