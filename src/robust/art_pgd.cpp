// SPDX-License-Identifier: BSD-3-Clause
// art-fgm and art-pgd. The toolbox attacks batches of 32; images do not depend on each other in them.
#include "robust/art.hpp"
#include "robust/climb.hpp"

namespace espalier::robust {
namespace {

struct ArtPgdSettings : PerturbationSettings, ArtPgd {};

Attacked act_fgm(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
                 const ArtPgdSettings& settings, const Seeds&) {
  const double eps = settings.eps;
  return art_pgd(classifier, {clean, {labels.begin(), labels.end()}}, {.eps = eps, .step = eps, .steps = 1});
}

Attacked act_pgd(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels, ImageShape,
                 const ArtPgdSettings& settings, const Seeds&) {
  return art_pgd(classifier, {clean, {labels.begin(), labels.end()}}, settings);
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
  return literal_attack({.name = "art-fgm",
                         .description = "fast gradient method as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, "
                                        "cross-entropy, one noise draw",
                         .settings = {eps_setting<ArtPgd>()},
                         .cost = [](const ArtPgdSettings&) { return steps_cost(1, 0); }},
                        act_fgm);
}

Perturbation art_pgd() {
  return literal_attack({.name = "art-pgd",
                         .description = "projected gradient descent as the Adversarial Robustness Toolbox 1.20.1 runs it: linf, "
                                        "cross-entropy, from the clean image, one noise draw per step, the last point always",
                         .settings = {eps_setting<ArtPgd>(),
                                      setting("step", &ArtPgd::step, {0, 100}, "pixel value", "length of a step, whatever eps"),
                                      setting("steps", &ArtPgd::steps, {1, 1e5}, "steps", "number of steps")},
                         .cost = [](const ArtPgdSettings& s) { return steps_cost(s.steps, 0); }},
                        act_pgd);
}

}  // namespace espalier::robust
