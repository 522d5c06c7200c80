// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <stdexcept>
#include <string>

#include "robust/kinds.hpp"

namespace espalier::robust {

// A new perturbation is one new file that defines it, and its name here. In the order of the help texts.
// clang-format off
#define ESPALIER_PERTURBATIONS(kind) \
  kind(remove_links) \
  kind(shuffle_weights) \
  kind(remove_neurons) \
  kind(rewire_links) \
  kind(weight_noise) \
  kind(sign_flip) \
  kind(quantise) \
  kind(fgsm) \
  kind(bim) \
  kind(pgd) \
  kind(mim) \
  kind(deepfool) \
  kind(fab) \
  kind(apgd) \
  kind(square) \
  kind(cascade) \
  kind(art_fgm) \
  kind(art_pgd) \
  kind(art_autopgd) \
  kind(art_square) \
  kind(gaussian_noise) \
  kind(uniform_noise) \
  kind(brightness) \
  kind(contrast) \
  kind(stripe) \
  kind(obstruction) \
  kind(rotate) \
  kind(shear) \
  kind(scale_down) \
  kind(translate) \
  kind(perspective) \
  kind(elastic) \
  kind(motion_blur) \
  kind(glass_blur) \
  kind(impulse_noise) \
  kind(shot_noise) \
  kind(fog) \
  kind(snow) \
  kind(spatter) \
  kind(dotted_line) \
  kind(zigzag) \
  kind(canny_edges)
// clang-format on

#define ESPALIER_DECLARE(name) Perturbation name();
ESPALIER_PERTURBATIONS(ESPALIER_DECLARE)
#undef ESPALIER_DECLARE

namespace {

Perturbation none() {
  return {Component<PerturbationSettings>{.name = "none",
                                          .family = "none",
                                          .description = "no perturbation",
                                          .settings = {images_setting()},
                                          .cost = [](const PerturbationSettings&) { return core::Cost{.forward = 0}; }}
              .kind(),
          std::monostate{}};
}

}  // namespace

const std::vector<Perturbation>& perturbations() {
#define ESPALIER_CALL(name) name(),
  static const std::vector<Perturbation> all{none(), ESPALIER_PERTURBATIONS(ESPALIER_CALL)};
#undef ESPALIER_CALL
  return all;
}

const Perturbation& perturbation(std::string_view kind) {
  const auto found = std::ranges::find_if(perturbations(), [&](const Perturbation& p) { return p.kind.name == kind; });
  if (found == perturbations().end()) throw std::logic_error("no perturbation is called '" + std::string(kind) + "'");
  return *found;
}

core::Catalogue catalogue() {
  core::Catalogue kinds;
  for (const Perturbation& p : perturbations()) kinds.push_back(p.kind);
  return kinds;
}

net::Matrix changed_inputs(net::Classifier& classifier, const net::Batch& clean, std::span<const std::uint8_t> labels,
                           ImageShape shape, const core::Settings& settings, const Seeds& seeds) {
  const Perturbation& kind = perturbation(settings.kind);
  if (const auto* attack = std::get_if<Attack>(&kind.act)) return (*attack)(classifier, clean, labels, shape, settings, seeds).X;
  if (const auto* modify = std::get_if<Modification>(&kind.act)) return (*modify)(clean, shape, settings, seeds);
  throw std::logic_error("'" + settings.kind + "' does not change inputs");
}

core::Stream Seeds::stream(std::string_view name) const {
  return {master, name, "seed=" + std::to_string(seed) + (round > 0 ? " round=" + std::to_string(round) : "")};
}

}  // namespace espalier::robust
