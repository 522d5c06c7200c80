// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <stdexcept>
#include <string>

#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {

// A new perturbation is one new file that defines it, and its name here and in the list below.
Perturbation remove_links(), shuffle_weights();
Perturbation remove_neurons(), rewire_links(), weight_noise(), sign_flip(), quantise();
Perturbation fgsm(), bim(), pgd(), mim(), deepfool(), fab(), apgd(), square(), cascade();
Perturbation gaussian_noise(), uniform_noise();
Perturbation brightness(), contrast(), stripe(), obstruction();
Perturbation rotate(), shear(), scale_down(), translate(), perspective(), elastic();
Perturbation motion_blur(), glass_blur(), impulse_noise(), shot_noise();
Perturbation fog(), snow(), spatter(), dotted_line(), zigzag(), canny_edges();

namespace {

Perturbation none() {
  return {core::Kind{.name = "none",
                     .family = "none",
                     .description = "no perturbation",
                     .parameters = {images()},
                     .cost = [](const core::Settings&) { return core::Cost{.forward = 0}; }},
          std::monostate{}};
}

}  // namespace

const std::vector<Perturbation>& perturbations() {
  // clang-format off: one line each
  static const std::vector<Perturbation> all{
      none(),
      remove_links(),
      shuffle_weights(),
      remove_neurons(),
      rewire_links(),
      weight_noise(),
      sign_flip(),
      quantise(),
      fgsm(),
      bim(),
      pgd(),
      mim(),
      deepfool(),
      fab(),
      apgd(),
      square(),
      cascade(),
      gaussian_noise(),
      uniform_noise(),
      brightness(),
      contrast(),
      stripe(),
      obstruction(),
      rotate(),
      shear(),
      scale_down(),
      translate(),
      perspective(),
      elastic(),
      motion_blur(),
      glass_blur(),
      impulse_noise(),
      shot_noise(),
      fog(),
      snow(),
      spatter(),
      dotted_line(),
      zigzag(),
      canny_edges(),
  };
  // clang-format on
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
