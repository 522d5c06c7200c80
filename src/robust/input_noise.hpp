// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "robust/modification.hpp"

namespace espalier::robust {

/// What the strength of an input noise is: its distribution's own scale, or the length that each image's noise is scaled to
/// before clipping, the control for an attack of equal norm.
enum class NoiseNorm { own, linf, l2 };

/// Words for it; `own` is the distribution's scale.
template <typename S>
core::Setting<S> noise_norm(const std::string& own, const std::string& meaning) {
  return choice("norm", &S::norm, {{own, NoiseNorm::own}, {"linf", NoiseNorm::linf}, {"l2", NoiseNorm::l2}},
                meaning + "; linf, l2: every image's noise has exactly that length before clipping");
}

/// clip(x + N) with N (D x B) scaled by `level`, or to that length.
net::Matrix add_noise(const net::Batch& clean, net::Matrix N, double level, NoiseNorm norm);

}  // namespace espalier::robust
