// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "espalier/core/random.hpp"
#include "espalier/data/dataset.hpp"
#include "plain_network.hpp"
#include "trainer.hpp"

// Trains the default network from the same start and on the same batches with the kernels and with the plain reference, and
// prints what each gets right on the test images: espalier_accuracy [EPOCHS [SEEDS]], of every data set that is found.
namespace espalier::bench {
namespace {

/// Calls step(images, rate) for all batches of `epochs` epochs; the rate falls from 0.003 by a cosine.
template <typename Step>
void train(std::uint32_t count, int epochs, std::uint64_t seed, const Step& step) {
  const std::size_t per_epoch = (count + batch - 1) / batch;
  std::size_t done = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto order = core::permutation(count, core::Stream(seed, "bench batches").random(static_cast<std::uint64_t>(epoch)));
    const std::vector<std::uint64_t> images(order.begin(), order.end());
    for (std::size_t first = 0; first < images.size(); first += batch, ++done) {
      const double share = static_cast<double>(done) / static_cast<double>(per_epoch * static_cast<std::size_t>(epochs));
      step(std::span(images).subspan(first, std::min(batch, images.size() - first)),
           static_cast<float>(0.0015 * (1 + std::cos(std::numbers::pi * share))));
    }
  }
}

/// Share of the test images, in percent, that the logits of `logits(images)` get right.
template <typename Logits>
double accuracy(const data::ImageSet& test, const Logits& logits) {
  std::vector<std::uint64_t> all(test.count);
  std::iota(all.begin(), all.end(), 0);
  const auto predicted = net::predict(logits(all));
  const auto right = std::inner_product(predicted.begin(), predicted.end(), test.labels.begin(), 0, std::plus<>(),
                                        [](auto a, auto b) { return static_cast<int>(a == b); });
  return 100.0 * right / test.count;
}

void compare(const data::Dataset& dataset, int epochs, std::uint64_t seed) {
  const auto& [train_set, test_set] = std::tie(dataset.train, dataset.test);
  auto network = default_network(seed);
  PlainNetwork plain(network);
  Trainer trainer(network);
  train(train_set.count, epochs, seed,
        [&](auto images, float rate) { trainer.step(train_set.pixels, train_set.labels, images, rate); });
  train(train_set.count, epochs, seed,
        [&](auto images, float rate) { plain.train(train_set.pixels, train_set.labels, images, rate); });
  net::Classifier classifier(network);
  fmt::print("{:<15} seed {}: kernels {:.2f} %, reference {:.2f} %\n", dataset.name, seed,
             accuracy(test_set, [&](const auto& all) { return classifier.logits(test_set.pixels, all); }),
             accuracy(test_set, [&](const auto& all) { return plain.logits(test_set.pixels, all); }));
}

}  // namespace
}  // namespace espalier::bench

int main(int argc, char** argv) {
  using namespace espalier;
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 10;
  const std::uint64_t seeds = argc > 2 ? static_cast<std::uint64_t>(std::atoi(argv[2])) : 3;
  const auto roots = data::data_roots("", std::getenv("ESPALIER_DATA"));
  for (const char* name : {"mnist", "fashion-mnist"}) try {
      const auto dataset = data::load(name, roots);
      for (std::uint64_t seed = 1; seed <= seeds; ++seed) bench::compare(dataset, epochs, seed);
    } catch (const std::exception& error) {
      fmt::print("{}: {}\n", name, error.what());
    }
}
