// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>

#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

/// Masking alarms: signs that an attack was fooled rather than withstood [Athalye et al. 2018]. Bits of the metric "alarms".
inline constexpr std::uint32_t kGradientZero = 1, kBlackBoxBeatsWhiteBox = 2, kNotMonotone = 4, kStillRising = 8,
                               kTransferBeatsDirect = 16, kSaturated = 32, kMarginBeats = 64, kScaleMatters = 128;

/// Of the second attacks: images, and queries of Square.
inline constexpr std::uint32_t kAlarmImages = 100;
inline constexpr int kAlarmQueries = 100;

struct Examination;
struct Perturbed;
struct Scores;

/// The alarms of an attack's cell, given the scores of the clean images and the attack's own result.
///  1  gradient zero: on an image that stands
///  2  Square with 100 queries, against attacks in a ball that use gradients, beats the attack; in a cascade, whose last attack
///  Square
///     is: Square by itself changes the class of more than 0.2 % of the images
///  4  the same attack at half the level beats it
///  8  more than 5 % of the images stand with a loss that still rose, and the same attack with four times the steps beats it
/// 16  the same attack on the network without its noise beats it, or the one with ten draws where it has fewer
/// 32  the label's share of more than nine in ten clean images rounds to 1 in float32
/// 64  the same attack along the margin beats it; of a cascade: one of 20 steps
/// 128 the same attack on logits of one scale beats it, where it goes by the logits as they are
/// To beat an attack means significantly fewer correct among the first 100 images. Literal attacks are not compared: 1 and 32.
std::uint32_t masking_alarms(const Examination& exam, const core::Settings& settings, const Attack& attack, const Scores& clean,
                             const Perturbed& direct);

/// Whether `other` leaves significantly fewer images correct than `direct`: b > c + 2 sqrt(b + c) for b images that only
/// `other` fools and c that only `direct` fools.
bool beats(std::span<const std::uint8_t> other_correct, std::span<const std::uint8_t> direct_correct);

}  // namespace espalier::robust
