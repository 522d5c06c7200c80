// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <numeric>

#include "espalier/net/classifier.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/robust/perturbation.hpp"
#include "paired.hpp"
#include "workload.hpp"

namespace espalier::bench {
namespace {

constexpr int units = 1000;
constexpr std::size_t tile = 64;  ///< images that the network draws noise for at a time

/// A fit without structure in its eigenvectors (a product of reflections) and with a spectrum that falls like 1 / k.
noise::Fit some_fit() {
  Eigen::MatrixXd V = Eigen::MatrixXd::Identity(units, units);
  for (int i = 0; i < 4; ++i) {
    Eigen::VectorXd u(units);
    for (int k = 0; k < units; ++k) u[k] = std::sin(1.0 + k * (i + 1.0) * 0.7);
    u.normalize();
    V -= 2 * (V * u) * u.transpose();
  }
  return {Eigen::VectorXd::LinSpaced(units, 1, units).cwiseInverse(), V};
}

net::NoiseSite site(const std::string& structure) {
  static const noise::Fit fit = some_fit();
  core::Settings settings{structure, {{"layer", 2.0}, {"trace", 0.5}, {"draws", 10.0}, {"group", 10.0}, {"rank", 100.0}}};
  return noise::make_noise(settings, units, &fit, {1, 0});
}

/// One draw for a tile of images: its rate beside that of Eigen's product of a dense matrix with as many columns of floats.
void draw(benchmark::State& state, const std::string& structure, double multiply_adds) {
  const net::NoiseSite noise = site(structure);
  net::Matrix A = net::Matrix::Zero(units, tile), G = net::Matrix::Random(units, tile), Y(units, tile);
  const net::Matrix root = net::Matrix::Random(units, units);
  std::vector<std::uint64_t> images(tile);
  std::iota(images.begin(), images.end(), 0);
  std::uint64_t number = 0;
  std::vector<double> seconds, gemm;
  for (auto _ : state) {
    seconds.push_back(seconds_of([&] { noise.add(A, images, number++); }, 20));
    gemm.push_back(seconds_of([&] { Y.noalias() = root * G; }, 20));
    benchmark::DoNotOptimize(A.data());
    benchmark::DoNotOptimize(Y.data());
    state.SetIterationTime(seconds.back());
  }
  const double own = median(seconds), images_at_once = static_cast<double>(tile);
  state.counters["s/10000_images"] = own / images_at_once * 1e4;
  state.counters["ns/unit"] = own / images_at_once / units * 1e9;
  state.counters["of_GEMM"] = own / median(gemm);
  state.counters["GMAC/s"] = multiply_adds * images_at_once / own * 1e-9;
  state.counters["GEMM_GMAC/s"] = double{units} * units * images_at_once / median(gemm) * 1e-9;
}

/// PGD of 10 steps with 10 draws per gradient on 128 images with the noise, against the same many passes without it.
void attack(benchmark::State& state, const std::string& structure) {
  const auto network = default_network();
  const auto images = make_images(128);
  const net::Batch batch = net::gather(images.pixels, 784, images.order);
  core::Settings pgd{"pgd",
                     {{"level", 0.1},
                      {"style", std::string("standard")},
                      {"norm", std::string("linf")},
                      {"steps", 10.0},
                      {"random_start", true},
                      {"restarts", 1.0},
                      {"eot", 10.0},
                      {"eot_mode", std::string("mean-gradient")}}};
  core::Settings alone = pgd;
  alone.values["steps"] = 100.0;  // a network without noise is asked once per step
  net::Classifier noisy(network, site(structure)), still(network);
  std::vector<double> with, without;
  const auto run = [&](net::Classifier& classifier, const core::Settings& how) {
    benchmark::DoNotOptimize(robust::changed_inputs(classifier, batch, images.labels, {28, 28}, how, {1, 0}));
  };
  for (auto _ : state) {
    with.push_back(seconds_of([&] { run(noisy, pgd); }, 1));
    without.push_back(seconds_of([&] { run(still, alone); }, 1));
    state.SetIterationTime(with.back());
  }
  state.counters["noise_%"] = 100 * (1 - median(without) / median(with));
}

void rounds_of(benchmark::internal::Benchmark* b) { in_rounds(b); }

BENCHMARK_CAPTURE(draw, diagonal, "diagonal", 0)->Name("noise/diagonal")->Apply(rounds_of);
BENCHMARK_CAPTURE(draw, local, "local", 10.0 * units)->Name("noise/local_10")->Apply(rounds_of);
BENCHMARK_CAPTURE(draw, low_rank, "low-rank", 100.0 * units)->Name("noise/low-rank_100")->Apply(rounds_of);
BENCHMARK_CAPTURE(draw, full, "full", double{units} * units / 2)->Name("noise/full")->Apply(rounds_of);
BENCHMARK_CAPTURE(attack, diagonal, "diagonal")->Name("noise/eot_attack_diagonal")->Apply(rounds_of);
BENCHMARK_CAPTURE(attack, full, "full")->Name("noise/eot_attack_full")->Apply(rounds_of);

}  // namespace
}  // namespace espalier::bench
