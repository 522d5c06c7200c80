// SPDX-License-Identifier: BSD-3-Clause
#include "robust/score.hpp"

#include <algorithm>

#include "robust/running_mean.hpp"

namespace espalier::robust {
namespace {

/// Votes of the draws, C per image.
struct Votes {
  std::size_t classes;
  std::vector<std::uint32_t> count;

  std::uint32_t* of(std::size_t image) { return count.data() + image * classes; }
};

}  // namespace

net::Matrix mean_logits(net::Classifier& classifier, const net::Matrix& X, std::span<const std::uint64_t> images,
                        std::uint64_t first, std::uint64_t draws) {
  net::Matrix mean;
  classifier.each_draw(X, images, first, draws,
                       [&](std::uint64_t draw, const net::Matrix& Z) { add_to_mean(mean, Z, draw - first); });
  return mean;
}

void score(net::Classifier& classifier, const net::Matrix& X, std::span<const std::uint64_t> images,
           std::span<const std::uint8_t> labels, std::uint64_t draws, Scores& scores) {
  const std::size_t B = labels.size();
  Votes votes{classifier.classes(), std::vector<std::uint32_t>(B * classifier.classes(), 0)};
  net::Matrix mean;
  classifier.each_draw(X, images, 0, draws, [&](std::uint64_t draw, const net::Matrix& Z) {
    add_to_mean(mean, Z, draw);
    const std::vector<std::uint8_t> says = net::predict(Z);
    for (std::size_t b = 0; b < B; ++b) ++votes.of(b)[says[b]];
  });

  std::vector<float> loss(B);
  net::cross_entropy(mean, labels, loss, nullptr);
  const std::vector<std::uint8_t> says = net::predict(mean);
  for (std::size_t b = 0; b < B; ++b) {
    const std::uint32_t* count = votes.of(b);
    const auto most = std::max_element(count, count + votes.classes) - count;
    scores.correct.push_back(says[b] == labels[b]);
    scores.majority.push_back(most == labels[b]);
    scores.right.push_back(count[labels[b]]);
    scores.loss.push_back(loss[b]);
  }
}

double share(std::span<const std::uint8_t> bits) {
  if (bits.empty()) return 0;
  return static_cast<double>(bits.size() - static_cast<std::size_t>(std::ranges::count(bits, 0))) /
         static_cast<double>(bits.size());
}

}  // namespace espalier::robust
