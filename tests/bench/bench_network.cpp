// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <span>

#include "adam.hpp"
#include "eigen_network.hpp"
#include "paired.hpp"
#include "plain_network.hpp"
#include "trainer.hpp"

namespace espalier::bench {
namespace {

/// Multiply-adds and reads of one image's training: every weight forward and for dW, and for dX above the first layer; every
/// sparse link reads one row forward and one, shared by dX and dW, backward.
Work training_work(const net::Network& network, double images) {
  double all = 0;
  for (const auto& layer : network.layers) all += static_cast<double>(net::links(layer));
  const double above = all - static_cast<double>(net::links(network.layers[0]));
  return {images * (2 * all + above), images * 2 * static_cast<double>(sparse_links(network)) * sizeof(float)};
}

/// Steps of `batch` images that stand for an epoch of 60 000: `steps` are run and scaled up.
void epoch_of(benchmark::State& state, net::Network network, int steps, int eigen_steps) {
  const auto images = make_images(10000);
  EigenNetwork eigen(network);
  PlainNetwork plain(network);
  Trainer trainer(network);
  const double per_epoch = static_cast<double>(epoch_images) / batch;
  std::size_t step = 0;
  const auto some = [&] { return std::span(images.order).subspan(step++ % (images.order.size() / batch) * batch, batch); };
  std::vector<double> seconds, ratio, plain_ratio;
  trainer.step(images.pixels, images.labels, some(), still);
  for (auto _ : state) {
    const double ours = seconds_of([&] { trainer.step(images.pixels, images.labels, some(), still); }, steps);
    const double theirs = seconds_of([&] { eigen.train(images.pixels, images.labels, some()); }, eigen_steps);
    const double plainly = seconds_of([&] { plain.train(images.pixels, images.labels, some(), still); }, eigen_steps);
    seconds.push_back(ours * per_epoch);
    ratio.push_back(theirs / ours);
    plain_ratio.push_back(plainly / ours);
    state.SetIterationTime(seconds.back());
  }
  const Work work = training_work(network, epoch_images);
  state.counters["of_FMA_%"] = 100 * work.multiply_adds / machine().fma / median(seconds);
  state.counters["of_L2_%"] = 100 * work.l2_bytes / machine().l2 / median(seconds);
  state.counters["x_Eigen"] = median(ratio);
  state.counters["x_plain"] = median(plain_ratio);
  state.counters["links"] = static_cast<double>(sparse_links(network));
  state.counters["ns/link"] = median(seconds) * 1e9 / static_cast<double>(sparse_links(network));
}

void epoch(benchmark::State& state) { epoch_of(state, default_network(), 100, 10); }

/// Arguments: width and links per hidden layer's neuron in tenths.
void growth(benchmark::State& state) {
  const auto width = static_cast<std::uint32_t>(state.range(0));
  const double density = static_cast<double>(state.range(1)) / 10 / width;
  auto network = make_network(784, width, 3, std::min(density, 1.0));
  const double links = static_cast<double>(sparse_links(network));
  const int steps = static_cast<int>(std::clamp(3e6 / links, 1.0, 100.0));
  epoch_of(state, std::move(network), steps, std::max(1, steps / 10));
}

void evaluation(benchmark::State& state) {
  const auto network = default_network();
  const auto images = make_images(10000);
  EigenNetwork eigen(network);
  const PlainNetwork plain(network);
  net::Classifier classifier(network);
  const double links = static_cast<double>(sparse_links(network));
  const auto in_batches = [&](const auto& run) {
    for (std::size_t first = 0; first < images.order.size(); first += 1000) run(std::span(images.order).subspan(first, 1000));
  };
  paired(
      state, {10000 * (links + 10000), 10000 * links * sizeof(float)}, 3,
      [&] { benchmark::DoNotOptimize(net::predict(classifier.logits(images.pixels, images.order))); },
      [&] { in_batches([&](auto some) { benchmark::DoNotOptimize(net::predict(eigen.logits(images.pixels, some))); }); },
      [&] { in_batches([&](auto some) { benchmark::DoNotOptimize(net::predict(plain.logits(images.pixels, some))); }); });
}

/// Projected gradient descent in the maximum norm, written out on either network: eps 0.1, 20 steps of eps / 4.
template <typename Logits, typename Gradient>
net::Matrix pgd(const net::Matrix& X0, std::span<const std::uint8_t> labels, const Logits& logits, const Gradient& gradient) {
  net::Matrix X = X0, dZ;
  std::vector<float> loss(labels.size());
  for (int step = 0; step < 20; ++step) {
    net::cross_entropy(logits(X), labels, loss, &dZ);
    const net::Matrix& dX = gradient(dZ);
    for (Eigen::Index k = 0; k < X.size(); ++k) {
      const float g = dX.data()[k], x0 = X0.data()[k];
      const float moved = X.data()[k] + 0.025f * static_cast<float>((g > 0) - (g < 0));
      X.data()[k] = std::clamp(std::clamp(moved, x0 - 0.1f, x0 + 0.1f), 0.0f, 1.0f);
    }
  }
  return X;
}

void pgd20(benchmark::State& state) {
  const auto network = default_network();
  const auto images = make_images(1000);
  const auto batch_of_all = net::gather(images.pixels, 784, images.order);
  EigenNetwork eigen(network);
  net::Classifier classifier(network);
  const double links = static_cast<double>(sparse_links(network));
  paired(
      state, {20 * 1000 * 2 * (links + 10000), 20 * 1000 * 2 * links * sizeof(float)}, 1,
      [&] {
        benchmark::DoNotOptimize(pgd(
            batch_of_all.X, images.labels,
            [&](const auto& X) -> const net::Matrix& { return classifier.logits(X, batch_of_all.images); },
            [&](const auto& dZ) -> const net::Matrix& { return classifier.input_gradient(dZ); }));
      },
      [&] {
        benchmark::DoNotOptimize(pgd(
            batch_of_all.X, images.labels, [&](const auto& X) -> const net::Matrix& { return eigen.logits(X); },
            [&](const auto& dZ) -> const net::Matrix& { return eigen.input_gradient(dZ); }));
      });
}

BENCHMARK(epoch)->Name("network/epoch")->Apply([](auto* b) { in_rounds(b); });
BENCHMARK(evaluation)->Name("network/evaluation_10000")->Apply([](auto* b) { in_rounds(b); });
BENCHMARK(pgd20)->Name("network/pgd20_1000")->Apply([](auto* b) { in_rounds(b); });
// Links at width 1000, then width at 10 links per neuron.
BENCHMARK(growth)
    ->Name("growth/epoch")
    ->ArgNames({"width", "tenths"})
    ->Args({1000, 36})
    ->Args({1000, 110})
    ->Args({1000, 360})
    ->Args({1000, 1100})
    ->Args({1000, 3600})
    ->Args({100, 100})
    ->Args({300, 100})
    ->Args({3000, 100})
    ->Args({10000, 100})
    ->Args({10000, 1000})
    ->Args({10000, 5000})
    ->Apply([](auto* b) { in_rounds(b)->Iterations(5); });

}  // namespace
}  // namespace espalier::bench
