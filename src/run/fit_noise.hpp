// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/failure.hpp"
#include "espalier/core/noise_results.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/net/network.hpp"
#include "espalier/robust/perturbation.hpp"

namespace espalier::run {

/// The covariance of what `spec.source` does to the activations of `network` at hidden layer `spec.layer`, on the first
/// `spec.images` training images (0: all). Attacks know the network without noise. `check_cancelled` is called between
/// blocks of images.
core::FitResult fit_noise(const core::FitSpec& spec, const net::Network& network, const data::Dataset& dataset,
                          const robust::Seeds& seeds, const core::CancellationCheck& check_cancelled);

}  // namespace espalier::run
