#pragma once

#include "espalier/robust/perturbation.hpp"

/// What the definitions of the perturbations share; the catalogue lists them.
namespace espalier::robust {

/// Cost of a kind that only needs judging: once as it is, once perturbed.
inline core::Cost judged_twice() { return {.forward = 2, .backward = 0, .per_image = 0}; }

}  // namespace espalier::robust
