// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/core/setting.hpp"

namespace espalier::core {

/// Settings of a noise of any structure: where it is, what it needs and how a network is evaluated with it.
/// Members are as initialised where a structure has no such setting.
struct NoiseSettings {
  std::optional<Settings> source{};           ///< perturbation whose effect is fitted
  int layer = 0;                              ///< hidden layer, from 1; 0: nowhere
  double trace = 1;                           ///< trace(S) = trace * units of the layer
  std::uint32_t draws = 0;                    ///< per prediction
  bool retrain_tail = false;                  ///< the layers above are trained with the noise on
  bool at_inference = true;                   ///< else only the retraining has the noise
  bool certificate = false;                   ///< asked for; see certifies()
  std::uint32_t certificate_draws = 0;        ///< that vote on each clean image
  double certificate_confidence = 0.999;      ///< of the bound of each image
  std::optional<std::uint32_t> fit_images{};  ///< training images of the fit; 0: all

  /// Whether a network is evaluated with the noise.
  bool is_on() const { return draws > 0 && at_inference; }
  /// Where the network is evaluated without noise there is nothing to certify.
  bool certifies() const { return certificate && is_on(); }
};

/// Settings of every noise; those of one whose covariance is fitted; and of the structure "none": where a baseline's tail begins.
Binding<NoiseSettings> noise_settings();
Binding<NoiseSettings> fitted_noise_settings();
Binding<NoiseSettings> baseline_settings();

/// Of any structure.
NoiseSettings read_noise(const Settings& noise);
/// `noise` with another source and, where it is given, number of images of its fit.
Settings with_source(Settings noise, const Settings& source, std::optional<std::uint32_t> fit_images = {});

}  // namespace espalier::core
