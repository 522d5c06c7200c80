// SPDX-License-Identifier: BSD-3-Clause
// The convolutional network 3C3F of arXiv 2606.13801, beside the limits of the machine.

#include <span>

#include "adam.hpp"
#include "paired.hpp"
#include "trainer.hpp"

namespace espalier::bench {
namespace {

constexpr std::size_t images_per_step = 64, images_per_attack = 1000;

/// Multiply-adds of one image forward, and of its gradients: of the weights of all layers, of the inputs above the first layer.
double forward_products(const net::Network& network) {
  double all = 0;
  for (const auto& layer : network.layers) all += static_cast<double>(net::shape(layer).products());
  return all;
}
double products_above_first(const net::Network& network) {
  return forward_products(network) - static_cast<double>(net::shape(network.layers.front()).products());
}

template <typename Run>
void measure(benchmark::State& state, double products, double scale, const Run& run) {
  std::vector<double> seconds;
  run();
  for (auto _ : state) {
    seconds.push_back(seconds_of(run, 20) * scale);
    state.SetIterationTime(seconds.back());
  }
  state.counters["GMAC/s"] = products * 1e-9 / median(seconds);
  state.counters["of_FMA_%"] = 100 * products / machine().fma / median(seconds);
}

/// Steps of 64 images, scaled up to an epoch of 60 000.
void convolution_epoch(benchmark::State& state) {
  const auto images = make_images(images_per_attack);
  net::Network network = convolutional_network();
  Trainer trainer(network);
  const double products = epoch_images * (2 * forward_products(network) + products_above_first(network));
  measure(state, products, static_cast<double>(epoch_images) / images_per_step,
          [&] { trainer.step(images.pixels, images.labels, std::span(images.order).first(images_per_step), still); });
}

void convolution_evaluation(benchmark::State& state) {
  const auto images = make_images(images_per_attack);
  const net::Network network = convolutional_network();
  net::Classifier classifier(network);
  measure(state, images_per_attack * forward_products(network), 1,
          [&] { classifier.logits(images.pixels, std::span<const std::uint64_t>(images.order)); });
}

/// Logits and input gradients of 1000 images: one step of an attack.
void convolution_attack_step(benchmark::State& state) {
  const auto images = make_images(images_per_attack);
  const net::Network network = convolutional_network();
  net::Classifier classifier(network);
  measure(state, images_per_attack * 2 * forward_products(network), 1,
          [&] { classifier.input_gradient(classifier.logits(images.pixels, std::span<const std::uint64_t>(images.order))); });
}

BENCHMARK(convolution_epoch)->Name("convolution/epoch")->Apply([](auto* b) { in_rounds(b); });
BENCHMARK(convolution_evaluation)->Name("convolution/evaluation_1000")->Apply([](auto* b) { in_rounds(b); });
BENCHMARK(convolution_attack_step)->Name("convolution/attack_step_1000")->Apply([](auto* b) { in_rounds(b); });

}  // namespace
}  // namespace espalier::bench
