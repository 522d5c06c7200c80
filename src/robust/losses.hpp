#pragma once

#include <cstdint>
#include <span>

#include "espalier/net/classifier.hpp"

namespace espalier::robust {

/// What an attack makes large.
enum class Loss {
  cross_entropy,
  dlr,           ///< -(z_y - max_{i != y} z_i) / (z_(1) - z_(3) + 1e-12) [Croce & Hein 2020]
  difference,    ///< z_t - z_y
  targeted_dlr,  ///< -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)
};

/// Loss of each image at logits Z (C x B), and d loss / d Z per image where dZ is not null. `targets` (B) is read by
/// difference and targeted_dlr alone. Ties go to the smallest class. Throws std::runtime_error when C is too small for the loss.
void loss_of(Loss loss, const net::Matrix& Z, std::span<const std::uint8_t> labels, std::span<const std::uint8_t> targets,
             std::span<float> value, net::Matrix* dZ);

/// max_{i != y} z_i - z_y of each image: above 0 the image is misclassified.
std::vector<float> margins(const net::Matrix& Z, std::span<const std::uint8_t> labels);

/// Classes of image `b` from the largest to the smallest logit; ties in the order of the classes.
std::vector<std::uint8_t> ranking(const net::Matrix& Z, Eigen::Index b);

}  // namespace espalier::robust
