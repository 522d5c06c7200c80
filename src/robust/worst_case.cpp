// SPDX-License-Identifier: BSD-3-Clause
#include "robust/worst_case.hpp"

#include <limits>

#include "robust/climb.hpp"
#include "robust/columns.hpp"

namespace espalier::robust {
namespace {

struct Best {
  Attacked found;
  std::vector<float> margin;
  std::vector<std::uint8_t> fooled;

  std::vector<std::size_t> standing() const {
    std::vector<std::size_t> out;
    for (std::size_t b = 0; b < fooled.size(); ++b)
      if (!fooled[b]) out.push_back(b);
    return out;
  }
};

Best unharmed(const net::Batch& clean) {
  const auto B = clean.images.size();
  return {{clean.X, std::vector<std::uint32_t>(B, 0)},
          std::vector<float>(B, -std::numeric_limits<float>::infinity()),
          std::vector<std::uint8_t>(B, 0)};
}

void take_better(const Attacked& candidate, const Probe& probe, const std::vector<std::size_t>& which, bool black_box,
                 Best& best) {
  for (std::size_t i = 0; i < which.size(); ++i) {
    const std::size_t b = which[i];
    best.found.alarms[b] |= candidate.alarms[i];
    if (black_box && probe.fooled[i]) best.found.alarms[b] |= kBlackBoxBeatsWhiteBox;
    if (!probe.fooled[i] && probe.margin[i] <= best.margin[b]) continue;
    best.found.X.col(static_cast<Eigen::Index>(b)) = candidate.X.col(static_cast<Eigen::Index>(i));
    best.margin[b] = probe.margin[i];
    best.fooled[b] = probe.fooled[i];
  }
}

}  // namespace

Attacked worst_of(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                  Expectation expectation, const std::vector<Attempt>& attempts, bool from_clean, std::size_t black_box) {
  if (attempts.size() == 1 && !from_clean) return attempts.front()(clean, labels);
  const auto probe = [&](const net::Matrix& X, const net::Batch& part, std::span<const std::uint8_t> part_labels) {
    return Target(classifier, Loss::margin, part.images, part_labels, expectation).probe_afresh(X);
  };
  Best best = unharmed(clean);
  if (from_clean) {
    const Probe start = probe(clean.X, clean, labels);
    best.margin = start.margin;
    best.fooled = start.fooled;
  }
  for (std::size_t a = 0; a < attempts.size(); ++a) {
    const std::vector<std::size_t> which = best.standing();
    if (which.empty()) break;
    const net::Batch part = columns(clean, which);
    const std::vector<std::uint8_t> part_labels = chosen(labels, which);
    const Attacked candidate = attempts[a](part, part_labels);
    take_better(candidate, probe(candidate.X, part, part_labels), which, a >= black_box, best);
  }
  return std::move(best.found);
}

}  // namespace espalier::robust
