#pragma once

#include <cstdint>
#include <span>

#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

/// Masking alarms: signs that an attack was fooled rather than withstood [Athalye et al. 2018]. Bits of the metric "alarms".
inline constexpr std::uint32_t kGradientZero = 1, kBlackBoxBeatsWhiteBox = 2, kNotMonotone = 4, kStillRising = 8,
                               kTransferBeatsDirect = 16;

/// Of the second attacks: images, and queries of Square.
inline constexpr std::uint32_t kAlarmImages = 100;
inline constexpr double kAlarmQueries = 100;

struct Examination;
struct Perturbed;

/// The alarms of an attack's cell, given the attack's own result. Gradient zero: on any image. Still rising: more than 5 % of
/// the images stand with a loss that still rose. The others compare with a second attack on the first 100 images and need
/// more images that only the second one fools than the other way round, by two standard errors: Square with 100 queries
/// against linf attacks that use gradients, the same attack at half the level, and the same attack on the network without its
/// noise. In a cascade Square is the last attack: alarm when it alone brings down more than 0.2 % of the images.
std::uint32_t masking_alarms(const Examination& exam, const core::Settings& settings, Attack attack, const Perturbed& direct);

/// Whether `other` leaves significantly fewer images correct than `direct`: b > c + 2 sqrt(b + c) for b images that only
/// `other` fools and c that only `direct` fools.
bool beats(std::span<const std::uint8_t> other_correct, std::span<const std::uint8_t> direct_correct);

}  // namespace espalier::robust
