// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

/// Parameter `norm` of an input noise, its first choice being `own`: "level" is then the distribution's own scale; linf and
/// l2: each image's noise is scaled to exactly that length before clipping, the control for an attack of equal norm.
core::Parameter noise_norm(const std::string& own, const std::string& meaning);

/// clip(x + N) with N (D x B) scaled by `level`, or to that length in the norm linf or l2.
net::Matrix add_noise(const net::Batch& clean, net::Matrix N, double level, const std::string& norm);

}  // namespace espalier::robust
