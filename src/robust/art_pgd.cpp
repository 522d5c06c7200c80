// SPDX-License-Identifier: BSD-3-Clause
// art-fgm and art-pgd. The toolbox attacks batches of 32; images do not depend on each other in them.
#include "robust/art.hpp"
#include "robust/climb.hpp"
#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {
namespace {

Attacked act_fgm(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
                 const core::Settings& settings, const Seeds&) {
  const double eps = settings.number("level");
  return art_pgd(classifier, {clean, {labels.begin(), labels.end()}}, {.eps = eps, .step = eps, .steps = 1});
}

Attacked act_pgd(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
                 const core::Settings& settings, const Seeds&) {
  return art_pgd(classifier, {clean, {labels.begin(), labels.end()}},
                 {.eps = settings.number("level"), .step = settings.number("step"), .steps = settings.integer("steps")});
}

}  // namespace

Attacked art_pgd(net::Classifier& classifier, const ArtImages& part, const ArtPgd& how) {
  const Domain domain({Norm::linf, how.eps}, part.clean.X);
  const std::vector<float> length(part.labels.size(), static_cast<float>(how.step));
  Attacked out{part.clean.X, {}};
  for (int s = 0; s < how.steps; ++s) {
    const net::Matrix& G = art_gradient(classifier, out.X, part, kArtDraws + static_cast<std::uint64_t>(s));
    if (s == 0) out.alarms = zero_gradient(G);
    step_along(Norm::linf, G, length, out.X);
    domain.project(out.X);
  }
  return out;
}

Perturbation art_fgm() {
  core::Kind kind{.name = "art-fgm",
                  .family = "attack",
                  .description =
                      "fast gradient method as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, "
                      "cross-entropy, one noise draw",
                  .parameters = {eps_parameter()},
                  .cost = [](const core::Settings&) { return steps_cost(1, 0); }};
  return literal_attack(std::move(kind), act_fgm);
}

Perturbation art_pgd() {
  core::Kind kind{.name = "art-pgd",
                  .family = "attack",
                  .description =
                      "projected gradient descent as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, "
                      "cross-entropy, from the clean image, one noise draw per step, the last point always",
                  .parameters = {eps_parameter(), number("step", 0, 100, 0.1, "pixel value", "length of a step, whatever eps"),
                                 integer("steps", 1, 1e5, 100, "steps", "number of steps")},
                  .cost = [](const core::Settings& s) { return steps_cost(s.number("steps"), 0); }};
  return literal_attack(std::move(kind), act_pgd);
}

}  // namespace espalier::robust
