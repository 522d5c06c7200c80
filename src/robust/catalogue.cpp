#include <algorithm>
#include <stdexcept>
#include <string>

#include "robust/kinds.hpp"
#include "robust/parameters.hpp"

namespace espalier::robust {

// Each is defined in the file of its name. A new perturbation is one new file, and its name here and in the list below.
Perturbation remove_links(), shuffle_weights();
Perturbation fgsm();

namespace {

Perturbation none() {
  return {
      core::Kind{
          .name = "none", .family = "none", .description = "the network and the images as they are", .parameters = {images()}},
      std::monostate{}};
}

}  // namespace

const std::vector<Perturbation>& perturbations() {
  static const std::vector<Perturbation> all{
      none(),
      remove_links(),
      shuffle_weights(),
      fgsm(),
  };
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

core::Stream Seeds::stream(std::string_view name) const { return {master, name, "seed=" + std::to_string(seed)}; }

}  // namespace espalier::robust
