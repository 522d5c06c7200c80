// SPDX-License-Identifier: BSD-3-Clause
#include "robust/alarms.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "robust/climb.hpp"
#include "robust/examination.hpp"

namespace espalier::robust {
namespace {

constexpr double kRisingShare = 0.05;     // of the images
constexpr double kBlackBoxShare = 0.002;  // of the images
constexpr double kSaturatedShare = 0.9;   // of the images; trained for long, networks on digits reach 0.7
constexpr float kRoundsToOne = 0x1p-25f;  // 1 less a smaller share of the others is 1 in float32

/// Share of the images whose alarms have `bit`, among those that stand when `standing`.
double share_with(const Perturbed& result, std::uint32_t bit, bool standing) {
  double count = 0;
  for (std::size_t i = 0; i < result.alarms.size(); ++i)
    count += (result.alarms[i] & bit) != 0 && (!standing || result.scores.correct[i]);
  return count / static_cast<double>(result.alarms.size());
}

bool is_saturated(const Scores& clean) {
  const auto flat = std::ranges::count_if(clean.loss, [](float loss) { return loss < kRoundsToOne; });
  return static_cast<double>(flat) > kSaturatedShare * static_cast<double>(clean.loss.size());
}

/// The loss of an attack that follows one; styles that fix it fix cross-entropy.
std::string loss_name(const core::Settings& settings) { return settings.has("loss") ? settings.text("loss") : "ce"; }

/// Comparisons with second attacks on the first images.
struct Comparison {
  const Examination& exam;
  const core::Settings& settings;
  Attack attack;
  std::span<const std::uint8_t> direct;  ///< correct under the attack itself

  bool beaten_by(net::Classifier& attacked, Attack other, const core::Settings& how) const {
    TestImages sample = exam.test;
    sample.images = static_cast<std::uint32_t>(direct.size());
    const Examination part{exam.network, exam.evaluation, sample, exam.seeds, exam.batch};
    return beats(score_attack(part, attacked, other, how).scores.correct, direct);
  }

  bool by_black_box() const {
    core::Settings how{"square",
                       {{"level", settings.values.at("level")}, {"queries", kAlarmQueries}, {"p", 0.8}, {"rescale", true}}};
    how.values["restarts"] = 1.0;
    if (settings.has("norm")) how.values["norm"] = settings.values.at("norm");
    how.values["eot_mode"] = settings.values.at("eot_mode");
    if (settings.has("eot")) how.values["eot"] = settings.values.at("eot");
    net::Classifier attacked(exam.network, exam.evaluation.noise);
    return beaten_by(attacked, std::get<Attack>(perturbation("square").act), how);
  }

  /// The same attack with another value of one setting.
  bool by_itself(const std::string& name, core::Value value) const {
    core::Settings how = settings;
    how.values[name] = std::move(value);
    net::Classifier attacked(exam.network, exam.evaluation.noise);
    return beaten_by(attacked, attack, how);
  }

  /// Momentum steps along the margin, for a cascade.
  bool by_margin_steps() const {
    core::Settings how{"mim", settings.values};
    how.values["loss"] = std::string("margin");
    how.values["steps"] = 20.0;
    how.values["decay"] = 1.0;
    how.values.erase("restarts");
    net::Classifier attacked(exam.network, exam.evaluation.noise);
    return beaten_by(attacked, std::get<Attack>(perturbation("mim").act), how);
  }

  /// Only where the user asks for fewer draws than a prediction averages.
  bool by_more_draws() const {
    constexpr double draws = kPredictionDraws;
    return settings.has("eot") && settings.number("eot") < draws && by_itself("eot", draws);
  }

  bool by_noiseless_twin() const {
    net::Classifier twin(exam.network);
    return beaten_by(twin, attack, settings);
  }
};

}  // namespace

bool beats(std::span<const std::uint8_t> other_correct, std::span<const std::uint8_t> direct_correct) {
  double only_other = 0, only_direct = 0;
  for (std::size_t i = 0; i < other_correct.size(); ++i) {
    only_other += !other_correct[i] && direct_correct[i];
    only_direct += other_correct[i] && !direct_correct[i];
  }
  return only_other > only_direct + 2 * std::sqrt(only_other + only_direct);
}

std::uint32_t masking_alarms(const Examination& exam, const core::Settings& settings, Attack attack, const Scores& clean,
                             const Perturbed& direct) {
  std::uint32_t alarms = 0;
  if (share_with(direct, kGradientZero, true) > 0) alarms |= kGradientZero;
  if (share_with(direct, kBlackBoxBeatsWhiteBox, false) > kBlackBoxShare) alarms |= kBlackBoxBeatsWhiteBox;
  if (is_saturated(clean)) alarms |= kSaturated;
  const Search search = perturbation(settings.kind).search;
  if (search == Search::literal) return alarms;

  const std::size_t sample = std::min<std::size_t>(kAlarmImages, direct.scores.correct.size());
  const Comparison second{exam, settings, attack, std::span(direct.scores.correct).first(sample)};
  const bool has_ball = search != Search::least_change;
  const std::string loss = search == Search::gradients ? loss_name(settings) : "";
  const bool rises = share_with(direct, kStillRising, true) > kRisingShare && settings.has("steps");
  if (rises && second.by_itself("steps", 4 * settings.number("steps"))) alarms |= kStillRising;
  if (search == Search::gradients && second.by_black_box()) alarms |= kBlackBoxBeatsWhiteBox;
  if (has_ball && second.by_itself("level", settings.number("level") / 2)) alarms |= kNotMonotone;
  if (exam.evaluation.noise && (second.by_noiseless_twin() || second.by_more_draws())) alarms |= kTransferBeatsDirect;
  const bool margin_differs = search == Search::gradients && loss != "margin";
  if (margin_differs && second.by_itself("loss", std::string("margin"))) alarms |= kMarginBeats;
  if (search == Search::several && second.by_margin_steps()) alarms |= kMarginBeats;
  if (loss == "ce" && second.by_itself("loss", std::string("scaled-ce"))) alarms |= kScaleMatters;
  return alarms;
}

}  // namespace espalier::robust
