// SPDX-License-Identifier: BSD-3-Clause
#include "robust/kinds.hpp"

namespace espalier::robust {

core::Setting<PerturbationSettings> images_setting() {
  return setting("images", &PerturbationSettings::images, {1, 4e9}, "images", "number of test images; absent: as in 'evaluate'")
      .evaluation_only();
}

core::Setting<RandomDamage> replicate() {
  return setting("replicate", &RandomDamage::replicate, {0, 1e6}, "1", "independent repetition of the random damage at one seed");
}

}  // namespace espalier::robust
