#include "robust/target.hpp"

#include "robust/parameters.hpp"
#include "robust/running_mean.hpp"
#include "robust/score.hpp"

namespace espalier::robust {
namespace {

constexpr std::uint64_t kCommonDraws = std::uint64_t{1} << 32;    // candidates are compared by these
constexpr std::uint64_t kGradientDraws = std::uint64_t{1} << 40;  // step s of an attack uses K of these from s K on
constexpr std::uint64_t kNoisyDraws = 10;

}  // namespace

std::vector<core::Parameter> expectation_parameters() {
  core::Parameter eot = integer("eot", 1, 1e5, 0, "draws", "noise draws per gradient; absent: 10 (1 without noise)");
  eot.fallback.clear();
  eot.optional = true;
  core::Parameter mode = choice("eot_mode", {"mean-gradient", "mean-logits"},
                                "under noise: mean of the draws' gradients, or gradient of the loss at the mean of their logits");
  eot.judging = mode.judging = true;
  return {eot, mode};
}

Expectation expectation(const core::Settings& settings, const net::Classifier& classifier) {
  if (!classifier.stochastic()) return {1, false};  // one draw is its own mean; a noise's source says nothing of draws
  const bool of_logits = settings.text("eot_mode") == "mean-logits";
  return {settings.has("eot") ? static_cast<std::uint64_t>(settings.integer("eot")) : kNoisyDraws, of_logits};
}

Target::Target(net::Classifier& classifier, Loss loss, std::span<const std::uint64_t> images,
               std::span<const std::uint8_t> labels, Expectation expectation)
    : classifier_(classifier), loss_(loss), images_(images), labels_(labels), expectation_(expectation) {}

Probe Target::judge(const net::Matrix& mean, std::vector<float> loss) const {
  Probe probe{std::move(loss), margins(mean, labels_), net::predict(mean)};
  for (std::size_t b = 0; b < labels_.size(); ++b) probe.fooled[b] = probe.fooled[b] != labels_[b];
  return probe;
}

const net::Matrix& Target::gradient(const net::Matrix& X, std::uint64_t step) {
  return differentiate(X, kGradientDraws + step * expectation_.draws);
}

const net::Matrix& Target::common_gradient(const net::Matrix& X) { return differentiate(X, kCommonDraws); }

const net::Matrix& Target::differentiate(const net::Matrix& X, std::uint64_t first) {
  std::vector<float> loss(labels_.size());
  std::vector<int> shifts;
  const bool at_mean = expectation_.of_logits && expectation_.draws > 1;
  const auto differentiate_loss = [&](const net::Matrix& Z) {
    if (shifts.empty()) shifts = flatness(goal(), Z);  // the same for all draws
    loss_of(goal(), Z, shifts, loss, &dZ_);
  };
  if (at_mean) differentiate_loss(mean_logits(classifier_, X, images_, first, expectation_.draws));
  for (std::uint64_t k = 0; k < expectation_.draws; ++k) {
    const net::Matrix& Z = classifier_.logits(X, images_, first + k);
    if (!at_mean) differentiate_loss(Z);
    add_to_mean(G_, classifier_.input_gradient(dZ_), k);
  }
  return G_;
}

net::Matrix Target::logits(const net::Matrix& X) {
  return mean_logits(classifier_, X, images_, kCommonDraws, expectation_.draws);
}

Probe Target::probe(const net::Matrix& X) {
  net::Matrix mean, losses;
  std::vector<float> loss(labels_.size());
  classifier_.each_draw(X, images_, kCommonDraws, expectation_.draws, [&](std::uint64_t draw, const net::Matrix& Z) {
    add_to_mean(mean, Z, draw - kCommonDraws);
    if (expectation_.of_logits) return;
    loss_of(goal(), Z, {}, loss, nullptr);
    add_to_mean(losses, Eigen::Map<const net::Matrix>(loss.data(), 1, static_cast<Eigen::Index>(loss.size())),
                draw - kCommonDraws);
  });
  if (expectation_.of_logits)
    loss_of(goal(), mean, {}, loss, nullptr);
  else
    loss.assign(losses.data(), losses.data() + losses.size());
  return judge(mean, std::move(loss));
}

Probe Target::probe_and_differentiate(const net::Matrix& X, std::uint64_t step) {
  if (classifier_.stochastic()) {
    gradient(X, step);
    return probe(X);
  }
  const net::Matrix& Z = classifier_.logits(X, images_);
  std::vector<float> loss(labels_.size());
  loss_of(goal(), Z, flatness(goal(), Z), loss, &dZ_);
  Probe probe = judge(Z, std::move(loss));
  G_ = classifier_.input_gradient(dZ_);
  return probe;
}

}  // namespace espalier::robust
