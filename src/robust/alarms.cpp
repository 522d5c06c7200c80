// SPDX-License-Identifier: BSD-3-Clause
#include "robust/alarms.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "robust/climb.hpp"
#include "robust/examination.hpp"
#include "robust/square.hpp"

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

/// The settings of an attack that decide about the comparisons.
struct Facts {
  ClimbSettings search;
  bool has_steps = false;
};

Facts facts_of(const Perturbation& kind, const core::Settings& settings) {
  Facts out;
  kind.varied(settings, [&](Aspects& aspects) {
    static_cast<AttackSettings&>(out.search) = aspects.asked;
    if (aspects.ball) static_cast<Ball&>(out.search) = *aspects.ball;
    if (aspects.loss) out.search.loss = *aspects.loss;
    out.has_steps = aspects.steps;
  });
  return out;
}

/// Comparisons with second attacks on the first images.
struct Comparison {
  const Examination& exam;
  const Perturbation& kind;
  const core::Settings& settings;
  const Attack& attack;
  const ClimbSettings& search;
  std::span<const std::uint8_t> direct;  ///< correct under the attack itself

  bool beaten_by(net::Classifier& attacked, const Attack& other, const core::Settings& how) const {
    TestImages sample = exam.test;
    sample.images = static_cast<std::uint32_t>(direct.size());
    const Examination part{exam.network, exam.evaluation, sample, exam.seeds, exam.batch};
    return beats(score_attack(part, attacked, other, how).scores.correct, direct);
  }

  /// Another attack, which has its settings itself.
  bool by_other(const Attack& other) const {
    net::Classifier attacked(exam.network, exam.evaluation.noise);
    return beaten_by(attacked, other, settings);
  }

  bool by_black_box() const {
    SquareSettings how{search, search, 1};
    how.queries = kAlarmQueries;
    how.rescale = true;
    return by_other([&](net::Classifier& classifier, const net::Batch& clean, Labels labels, ImageShape shape, const auto&,
                        const Seeds& seeds) { return square(classifier, clean, labels, shape, how, seeds); });
  }

  /// The same attack with other settings.
  bool by_itself(const std::function<void(Aspects&)>& change) const {
    net::Classifier attacked(exam.network, exam.evaluation.noise);
    return beaten_by(attacked, attack, kind.varied(settings, change));
  }
  bool by_loss(Loss loss) const {
    return by_itself([=](Aspects& aspects) { *aspects.loss = loss; });
  }

  /// Momentum steps along the margin, for an attack of several.
  bool by_margin_steps() const {
    constexpr int steps = 20;
    ClimbSettings how = search;
    how.loss = Loss::margin;
    return by_other([&](net::Classifier& classifier, const net::Batch& clean, Labels labels, auto&&...) {
      return climb_from_clean(classifier, clean, labels, how, {.steps = steps, .step = how.eps / steps, .decay = 1});
    });
  }

  /// Only where the user asks for fewer draws than a prediction averages.
  bool by_more_draws() const {
    return search.eot && *search.eot < kPredictionDraws &&
           by_itself([](Aspects& aspects) { aspects.asked.eot = kPredictionDraws; });
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

std::uint32_t masking_alarms(const Examination& exam, const core::Settings& settings, const Attack& attack, const Scores& clean,
                             const Perturbed& direct) {
  std::uint32_t alarms = 0;
  if (share_with(direct, kGradientZero, true) > 0) alarms |= kGradientZero;
  if (share_with(direct, kBlackBoxBeatsWhiteBox, false) > kBlackBoxShare) alarms |= kBlackBoxBeatsWhiteBox;
  if (is_saturated(clean)) alarms |= kSaturated;
  const Perturbation& kind = perturbation(settings.kind);
  if (kind.search == Search::literal) return alarms;

  const std::size_t sample = std::min<std::size_t>(kAlarmImages, direct.scores.correct.size());
  const Facts facts = facts_of(kind, settings);
  const Comparison second{exam, kind, settings, attack, facts.search, std::span(direct.scores.correct).first(sample)};
  const bool has_ball = kind.search != Search::least_change, has_loss = kind.search == Search::gradients;
  const Loss loss = facts.search.loss;
  const bool rises = share_with(direct, kStillRising, true) > kRisingShare && facts.has_steps;
  if (rises && second.by_itself([](Aspects& aspects) { *aspects.steps *= 4; })) alarms |= kStillRising;
  if (has_loss && second.by_black_box()) alarms |= kBlackBoxBeatsWhiteBox;
  if (has_ball && second.by_itself([](Aspects& aspects) { aspects.ball->eps /= 2; })) alarms |= kNotMonotone;
  if (exam.evaluation.noise && (second.by_noiseless_twin() || second.by_more_draws())) alarms |= kTransferBeatsDirect;
  if (has_loss && loss != Loss::margin && second.by_loss(Loss::margin)) alarms |= kMarginBeats;
  if (kind.search == Search::several && second.by_margin_steps()) alarms |= kMarginBeats;
  if (has_loss && loss == Loss::cross_entropy && second.by_loss(Loss::scaled_cross_entropy)) alarms |= kScaleMatters;
  return alarms;
}

}  // namespace espalier::robust
