// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/classifier.hpp"

namespace espalier::robust {

/// What an attack makes large.
enum class Loss {
  cross_entropy,
  scaled_cross_entropy,  ///< of logits that are brought to one scale, image by image: no factor of all logits changes an attack
  margin,                ///< max_{i != y} z_i - z_y [Carlini & Wagner 2017]
  dlr,                   ///< -(z_y - max_{i != y} z_i) / (z_(1) - z_(3) + 1e-12) [Croce & Hein 2020]
  difference,            ///< z_t - z_y: the margin with targets
  targeted_dlr,          ///< -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)
};

/// Whether a loss aims at one class of each image.
inline bool is_targeted(Loss loss) { return loss == Loss::difference || loss == Loss::targeted_dlr; }

/// A loss and what it is about: the labels, of losses with targets the classes aimed at, and of scaled_cross_entropy what the
/// logits are multiplied by (B each).
struct Goal {
  Loss loss = Loss::cross_entropy;
  std::span<const std::uint8_t> labels{}, targets{};
  std::span<const double> scales{};
};

/// Factors that give the logits Z of each image a standard deviation of 8 over the classes. Measured on trained networks, that is
/// where cross-entropy attacks are strongest: smaller logits pull at all classes at once, larger ones only at the nearest.
std::vector<double> logit_scales(const net::Matrix& Z);

/// Loss of each image at logits Z (C x B), and d loss / d Z per image, times 2^shift_b, where dZ is not null. Empty shifts are 0.
/// Ties go to the smallest class. Throws std::runtime_error when C is too small for the loss.
void loss_of(const Goal& goal, const net::Matrix& Z, std::span<const int> shifts, std::span<float> value, net::Matrix* dZ);

/// Shifts, at most `most`, that keep the gradient of each image at Z in float32's range where the label wins by more than 16
/// logits: those of a cross-entropy would vanish from a margin of 87 on, on their way through the network earlier. 0 for losses
/// that do not saturate.
std::vector<int> flatness(const Goal& goal, const net::Matrix& Z, int most);

/// The class other than y of the largest logit of column b.
Eigen::Index largest_other(const net::Matrix& Z, Eigen::Index b, Eigen::Index y);

/// max_{i != y} z_i - z_y of each image: above 0 the image is misclassified.
std::vector<float> margins(const net::Matrix& Z, std::span<const std::uint8_t> labels);

/// Classes of image `b` from the largest to the smallest logit; ties in the order of the classes.
std::vector<std::uint8_t> ranking(const net::Matrix& Z, Eigen::Index b);

}  // namespace espalier::robust
