// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>
#include <hwy/targets.h>

#include "espalier/net/update.hpp"
#include "net/convolutions.hpp"

using namespace espalier;
using namespace espalier::net::fixtures;

namespace {

constexpr std::int64_t avx2 = HWY_AVX2, avx512 = HWY_AVX3;

/// Runs `what` with the kernels of one instruction set.
template <typename What>
auto on(std::int64_t target, const What& what) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  auto result = what();
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return result;
}

/// Three steps of training, noise and all, then logits and input gradients; everything that came out.
std::vector<float> work(net::Network net) {
  const auto pixels = bytes(200 * net::inputs(net.layers.front()), 5), labels = bytes(200, 6, 7);
  const auto images = some_images(100, 200);
  std::vector<float> all;
  net::TrainingPass pass(net, 100, 0, false);
  net::Gradient gradient;
  for (std::uint64_t round = 0; round < 3; ++round) {
    all.push_back(static_cast<float>(pass.run(net, pixels, labels, images, noise_at(1), round, gradient).loss));
    const auto w = net::weights(net.layers[0]);
    std::vector<float> m(w.size(), 0.1f), v(w.size(), 0.2f);
    net::adam_update(w, gradient[0].weight, m, v, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, 0.001f, 1e-4f);
    net::sgd_update(w, gradient[0].weight, m, 0.01f, 0.9f, 1e-4f);
    for (const auto& g : gradient) {
      all.insert(all.end(), g.weight.begin(), g.weight.end());
      all.insert(all.end(), g.bias.begin(), g.bias.end());
    }
    all.insert(all.end(), w.begin(), w.end());
  }
  net::Classifier classifier(net);
  const net::Matrix Z = classifier.logits(pixels, images);
  std::vector<float> loss(100);
  net::Matrix dZ;
  net::cross_entropy(Z, bytes(100, 6, 7), loss, &dZ);
  const net::Matrix& dX = classifier.input_gradient(dZ);
  all.insert(all.end(), Z.data(), Z.data() + Z.size());
  all.insert(all.end(), loss.begin(), loss.end());
  all.insert(all.end(), dX.data(), dX.data() + dX.size());
  return all;
}

}  // namespace

TEST_CASE("AVX2 and AVX-512 give the same bits in training, evaluation and input gradients") {
  if (!(hwy::SupportedTargets() & avx512)) {
    MESSAGE("skipped: this machine has no AVX-512");
    return;
  }
  std::vector<net::Network> networks = convolutional_networks();
  networks.push_back(network());
  for (const net::Network& net : networks) {
    CAPTURE(net::inputs(net.layers.front()));
    const auto of_network = [&] { return work(net); };
    CHECK(on(avx2, of_network) == on(avx512, of_network));
  }
}
