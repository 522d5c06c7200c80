#include "robust/alarms.hpp"

#include <algorithm>
#include <cmath>

#include "robust/climb.hpp"
#include "robust/examination.hpp"

namespace espalier::robust {
namespace {

constexpr double kRisingShare = 0.05;     // of the images
constexpr double kBlackBoxShare = 0.002;  // of the images

/// Share of the images whose alarms have `bit`, among those that stand when `standing`.
double share_with(const Perturbed& result, std::uint32_t bit, bool standing) {
  double count = 0;
  for (std::size_t i = 0; i < result.alarms.size(); ++i)
    count += (result.alarms[i] & bit) != 0 && (!standing || result.scores.correct[i]);
  return count / static_cast<double>(result.alarms.size());
}

/// Comparisons with second attacks on the first images.
struct Comparison {
  const Examination& exam;
  const core::Settings& settings;
  Attack attack;
  std::span<const std::uint8_t> direct;  ///< correct under the attack itself

  bool beaten_by(net::Classifier& attacked, Attack other, const core::Settings& how) const {
    TestImages sample = exam.test;
    sample.images = static_cast<std::uint32_t>(direct.size());
    const Examination part{exam.network, exam.judge, sample, exam.seeds, exam.batch};
    return beats(score_attack(part, attacked, other, how).scores.correct, direct);
  }

  bool by_black_box() const {
    core::Settings how{"square",
                       {{"level", settings.values.at("level")}, {"queries", kAlarmQueries}, {"p", 0.8}, {"rescale", true}}};
    how.values["restarts"] = 1.0;
    how.values["eot_mode"] = settings.values.at("eot_mode");
    if (settings.has("eot")) how.values["eot"] = settings.values.at("eot");
    net::Classifier attacked(exam.network, exam.judge.noise);
    return beaten_by(attacked, std::get<Attack>(perturbation("square").act), how);
  }

  bool by_half_the_level() const {
    core::Settings how = settings;
    how.values["level"] = settings.number("level") / 2;
    net::Classifier attacked(exam.network, exam.judge.noise);
    return beaten_by(attacked, attack, how);
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

std::uint32_t masking_alarms(const Examination& exam, const core::Settings& settings, Attack attack, const Perturbed& direct) {
  std::uint32_t alarms = 0;
  if (share_with(direct, kGradientZero, false) > 0) alarms |= kGradientZero;
  if (share_with(direct, kStillRising, true) > kRisingShare) alarms |= kStillRising;
  if (share_with(direct, kBlackBoxBeatsWhiteBox, false) > kBlackBoxShare) alarms |= kBlackBoxBeatsWhiteBox;

  const std::size_t sample = std::min<std::size_t>(kAlarmImages, direct.scores.correct.size());
  const Comparison comparison{exam, settings, attack, std::span(direct.scores.correct).first(sample)};
  const bool has_ball = settings.kind != "deepfool";  // it seeks the least change instead
  const bool by_gradients = settings.kind != "square" && settings.kind != "cascade";
  if (has_ball && by_gradients && norm(settings) == Norm::linf && comparison.by_black_box()) alarms |= kBlackBoxBeatsWhiteBox;
  if (has_ball && comparison.by_half_the_level()) alarms |= kNotMonotone;
  if (exam.judge.noise && comparison.by_noiseless_twin()) alarms |= kTransferBeatsDirect;
  return alarms;
}

}  // namespace espalier::robust
