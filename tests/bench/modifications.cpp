// SPDX-License-Identifier: BSD-3-Clause
// Thread seconds that each modification takes for the first 10 000 test images of Fashion-MNIST, one line each: name, seconds.
// Names as arguments: only those.
// tests/bench/compare-modifications runs it beside scikit-image and torchvision.
#include <time.h>

#include <cstdio>
#include <numeric>
#include <set>
#include <string>

#include "espalier/data/dataset.hpp"
#include "espalier/robust/perturbation.hpp"

namespace {

using namespace espalier;
using Values = std::map<std::string, core::Value>;

constexpr std::uint32_t images = 10000, batch = 128;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double seconds_of(const data::ImageSet& test, const core::Settings& settings) {
  const auto modify = std::get<robust::Modification>(robust::perturbation(settings.kind).act);
  double seconds = 0;
  for (std::uint32_t first = 0; first < images; first += batch) {
    std::vector<std::uint64_t> numbers(std::min(batch, images - first));
    std::iota(numbers.begin(), numbers.end(), first);
    const net::Batch clean = net::gather(test.pixels, test.height * test.width, numbers);
    const double start = thread_seconds();
    const net::Matrix X = modify(clean, {test.height, test.width}, settings, {1, 0});
    seconds += thread_seconds() - start;
    if (!(X.maxCoeff() <= 1)) return -1;
  }
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const std::set<std::string> only(argv + 1, argv + argc);
  const data::Dataset dataset = data::load("fashion-mnist", data::data_roots("", nullptr), {});
  const std::string mnist_c = "mnist-c", study2 = "study2", sd = "sd", range = "range";
  const std::vector<core::Settings> all{{"brightness", {{"severity", 3.0}}},
                                        {"contrast", {{"severity", 3.0}, {"suite", mnist_c}}},
                                        {"stripe", {}},
                                        {"obstruction", {{"level", 0.4}}},
                                        {"gaussian-noise", {{"severity", 3.0}, {"suite", mnist_c}, {"norm", sd}}},
                                        {"uniform-noise", {{"level", 0.2}, {"norm", range}}},
                                        {"impulse-noise", {{"severity", 3.0}, {"suite", mnist_c}}},
                                        {"shot-noise", {{"severity", 1.0}}},
                                        {"rotate", {{"level", 60.0}, {"suite", study2}}},
                                        {"shear", {{"severity", 3.0}}},
                                        {"scale", {{"severity", 3.0}}},
                                        {"translate", {{"severity", 3.0}}},
                                        {"perspective", {{"level", 0.25}}},
                                        {"elastic", {{"level", 35.0}, {"sigma", 5.0}}},
                                        {"motion-blur", {{"severity", 3.0}, {"suite", study2}}},
                                        {"glass-blur", {{"severity", 3.0}, {"suite", mnist_c}}},
                                        {"fog", {{"severity", 3.0}}},
                                        {"snow", {{"severity", 3.0}}},
                                        {"spatter", {{"severity", 3.0}}},
                                        {"dotted-line", {}},
                                        {"zigzag", {}},
                                        {"canny-edges", {}}};
  for (const core::Settings& settings : all)
    if (only.empty() || only.contains(settings.kind))
      std::printf("%s %.6f\n", settings.kind.c_str(), seconds_of(dataset.test, settings));
}
