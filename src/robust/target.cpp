// SPDX-License-Identifier: BSD-3-Clause
#include "robust/target.hpp"

#include <cmath>

#include "robust/columns.hpp"
#include "robust/running_mean.hpp"
#include "robust/score.hpp"

namespace espalier::robust {
namespace {

constexpr std::uint64_t kCommonDraws = std::uint64_t{1} << 32;    // candidates are compared by these
constexpr std::uint64_t kFreshDraws = std::uint64_t{1} << 34;     // what attacks found is compared by these
constexpr std::uint64_t kGradientDraws = std::uint64_t{1} << 40;  // step s of an attack uses K of these from s K on

/// Largest shifts of gradients: where one is all there is, and where it is shared by draws whose gradients may be up to 1.
constexpr int kAnyShift = 1 << 30, kCommonShift = 64;

/// Mean logits over draws, and the scatter of predictions of a few draws around them. Draws that are all equal give exactly
/// their bits and no spread.
class LogitMoments {
 public:
  explicit LogitMoments(std::span<const std::uint8_t> labels) : labels_(labels) {}

  void add(const net::Matrix& Z) {
    const net::Matrix to_label = Z.rowwise() - label_row(Z);
    if (draws_ == 0) squares_ = net::Matrix::Zero(Z.rows(), Z.cols());
    const net::Matrix before = draws_ == 0 ? to_label : difference_;
    add_to_mean(mean_, Z, draws_);
    add_to_mean(difference_, to_label, draws_);
    squares_.array() += (to_label - before).array() * (to_label - difference_).array();  // [Welford 1962]
    ++draws_;
  }

  const net::Matrix& mean() const { return mean_; }

  Probe probe(std::vector<float> loss) const {
    Probe probe{std::move(loss), margins(mean_, labels_), std::vector<float>(labels_.size(), 0), net::predict(mean_)};
    for (std::size_t b = 0; b < labels_.size(); ++b) {
      if (draws_ > 1) probe.spread[b] = spread(static_cast<Eigen::Index>(b), labels_[b]);
      probe.fooled[b] = probe.fooled[b] != labels_[b] && probe.margin[b] >= 3 * probe.spread[b];
    }
    return probe;
  }

 private:
  Eigen::RowVectorXf label_row(const net::Matrix& Z) const {
    Eigen::RowVectorXf row(Z.cols());
    for (Eigen::Index b = 0; b < Z.cols(); ++b) row[b] = Z(labels_[static_cast<std::size_t>(b)], b);
    return row;
  }

  float spread(Eigen::Index b, Eigen::Index label) const {
    const float variance = squares_(largest_other(mean_, b, label), b) / static_cast<float>(draws_ - 1);
    return std::sqrt(variance / static_cast<float>(kPredictionDraws));
  }

  std::span<const std::uint8_t> labels_;
  std::uint64_t draws_ = 0;
  net::Matrix mean_, difference_, squares_;
};

}  // namespace

Expectation expectation(const AttackSettings& settings, const net::Classifier& classifier) {
  if (!classifier.stochastic()) return {1, false};  // one draw is its own mean
  return {settings.eot.value_or(kPredictionDraws), settings.at_mean_logits};
}

Target::Target(net::Classifier& classifier, Loss loss, std::span<const std::uint64_t> images,
               std::span<const std::uint8_t> labels, Expectation expectation)
    : classifier_(classifier), loss_(loss), images_(images), labels_(labels), expectation_(expectation) {}

const net::Matrix& Target::gradient(const net::Matrix& X, std::uint64_t step) {
  return differentiate(X, kGradientDraws + step * expectation_.draws);
}

const net::Matrix& Target::common_gradient(const net::Matrix& X) { return differentiate(X, kCommonDraws); }

const net::Matrix& Target::differentiate(const net::Matrix& X, std::uint64_t first) {
  const std::span<const net::Matrix> Z = classifier_.logits_of_draws(X, images_, first, expectation_.draws);
  const bool at_mean = expectation_.of_logits && Z.size() > 1;
  std::vector<float> loss(labels_.size());
  const auto differentiate_loss = [&](const net::Matrix& logits, std::span<const int> shifts, net::Matrix& dZ) {
    loss_of(goal(), logits, shifts, loss, &dZ);
  };
  dZ_.resize(at_mean ? 1 : Z.size());
  if (at_mean) {
    net::Matrix mean;
    for (std::size_t k = 0; k < Z.size(); ++k) add_to_mean(mean, Z[k], k);
    differentiate_loss(mean, flatness(goal(), mean, kAnyShift), dZ_[0]);
  } else {
    const std::vector<int> shifts = flatness(goal(), Z[0], Z.size() == 1 ? kAnyShift : kCommonShift);
    for (std::size_t k = 0; k < Z.size(); ++k) differentiate_loss(Z[k], shifts, dZ_[k]);
  }
  G_ = classifier_.mean_input_gradient(dZ_);
  return G_;
}

net::Matrix Target::logits(const net::Matrix& X) {
  return mean_logits(classifier_, X, images_, kCommonDraws, expectation_.draws);
}

void Target::scale_by(const net::Matrix& clean) {
  if (loss_ == Loss::scaled_cross_entropy) scales_ = logit_scales(logits(clean));
}

Probe Target::probe(const net::Matrix& X) {
  LogitMoments moments(labels_);
  net::Matrix losses;
  std::vector<float> loss(labels_.size());
  classifier_.each_draw(X, images_, kCommonDraws, expectation_.draws, [&](std::uint64_t draw, const net::Matrix& Z) {
    moments.add(Z);
    if (expectation_.of_logits) return;
    loss_of(goal(), Z, {}, loss, nullptr);
    add_to_mean(losses, Eigen::Map<const net::Matrix>(loss.data(), 1, static_cast<Eigen::Index>(loss.size())),
                draw - kCommonDraws);
  });
  if (expectation_.of_logits)
    loss_of(goal(), moments.mean(), {}, loss, nullptr);
  else
    loss.assign(losses.data(), losses.data() + losses.size());
  return moments.probe(std::move(loss));
}

Probe Target::probe_and_differentiate(const net::Matrix& X, std::uint64_t step) {
  if (classifier_.stochastic()) {
    gradient(X, step);
    return probe(X);
  }
  const net::Matrix& Z = classifier_.logits(X, images_);
  std::vector<float> loss(labels_.size());
  dZ_.resize(1);
  loss_of(goal(), Z, flatness(goal(), Z, kAnyShift), loss, &dZ_[0]);
  LogitMoments moments(labels_);
  moments.add(Z);
  G_ = classifier_.input_gradient(dZ_[0]);
  return moments.probe(std::move(loss));
}

Probe Target::probe_afresh(const net::Matrix& X) {
  const auto ask = [&](const net::Matrix& inputs, std::span<const std::uint64_t> images, std::span<const std::uint8_t> labels,
                       std::uint64_t draws) {
    LogitMoments moments(labels);
    classifier_.each_draw(inputs, images, kFreshDraws, draws, [&](std::uint64_t, const net::Matrix& Z) { moments.add(Z); });
    return moments.probe({});
  };
  Probe all = ask(X, images_, labels_, classifier_.stochastic() ? 30 : 1);
  std::vector<std::size_t> near;
  for (std::size_t b = 0; b < labels_.size(); ++b)
    if (all.spread[b] > 0 && std::abs(all.margin[b]) <= 3 * all.spread[b]) near.push_back(b);
  if (near.empty()) return all;
  const Probe more = ask(columns(X, near), chosen(images_, near), chosen(labels_, near), 160);
  for (std::size_t i = 0; i < near.size(); ++i) {
    all.margin[near[i]] = more.margin[i];
    all.spread[near[i]] = more.spread[i];
    all.fooled[near[i]] = more.fooled[i];
  }
  return all;
}

}  // namespace espalier::robust
