// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/robust/evaluate.hpp"

#include <stdexcept>

#include "espalier/core/plan.hpp"
#include "robust/alarms.hpp"
#include "robust/certificate.hpp"
#include "robust/connectivity.hpp"
#include "robust/examination.hpp"

namespace espalier::robust {
namespace {

void fill_scores(core::CellResult& cell, const Scores& clean, const Scores& scores, std::uint64_t draws) {
  const auto images = static_cast<double>(scores.correct.size());
  double loss = 0, right = 0, worst = 0, correct_before = 0, still = 0;
  for (std::size_t i = 0; i < scores.correct.size(); ++i) {
    loss += static_cast<double>(scores.loss[i]);
    right += scores.right[i];
    worst += scores.right[i] == draws;
    correct_before += clean.correct[i];
    still += clean.correct[i] && scores.correct[i];
  }
  using core::metric;
  cell.values[metric("accuracy")] = share(scores.correct);
  cell.values[metric("loss")] = loss / images;
  cell.values[metric("clean_accuracy")] = correct_before / images;
  cell.values[metric("majority_accuracy")] = share(scores.majority);
  cell.values[metric("single_accuracy")] = right / (images * static_cast<double>(draws));
  cell.values[metric("worst_accuracy")] = worst / images;
  if (correct_before == 0) return;
  cell.values[metric("conditional_accuracy")] = still / correct_before;
  cell.values[metric("success_rate")] = 1 - still / correct_before;
}

void fill_outcomes(core::CellResult& cell, const Scores& scores, const TestImages& test) {
  cell.images = test.images;
  cell.outcomes.assign(core::outcome_bytes(test.images), 0);
  std::vector<double> correct(static_cast<std::size_t>(test.classes), 0), all(static_cast<std::size_t>(test.classes), 0);
  for (std::size_t i = 0; i < scores.correct.size(); ++i) {
    all[test.label(i)] += 1;
    if (!scores.correct[i]) continue;
    ++cell.correct;
    correct[test.label(i)] += 1;
    cell.outcomes[i / 8] = static_cast<std::uint8_t>(cell.outcomes[i / 8] | (1u << (i % 8)));
  }
  for (std::size_t c = 0; c < all.size(); ++c) cell.class_accuracy.push_back(static_cast<float>(correct[c] / all[c]));
}

void fill_change(core::CellResult& cell, const Change& change) {
  if (change.l2.empty()) return;
  using core::metric;
  cell.values[metric("linf_mean")] = mean(change.linf);
  cell.values[metric("l2_mean")] = mean(change.l2);
  cell.values[metric("l2_median")] = median(change.l2);
}

void fill_damage(core::CellResult& cell, const net::Network& damaged) {
  using core::metric;
  cell.values[metric("live_outputs")] = live_outputs(damaged);
  cell.values[metric("links")] = static_cast<double>(live_links(damaged));
}

/// Applies one alternative of Perturbation::act, evaluates, and fills the metrics of that alternative.
struct Act {
  const net::Network& network;
  const EvaluationSettings& evaluation;
  const TestImages& test;
  const core::Settings& settings;
  const Seeds& seeds;
  int batch;
  const Scores& clean;
  const net::Matrix* corrupted;  ///< null: the images are changed batch by batch
  core::CellResult& cell;

  Perturbed operator()(std::monostate) const {
    return {.scores = clean, .change = {}, .shift = std::vector<double>(clean.correct.size(), 0)};
  }

  Perturbed operator()(const Damage& damage) const {
    const net::Network damaged = damage(network, settings, seeds);
    fill_damage(cell, damaged);
    return {.scores = score_clean(damaged, evaluation, test, batch), .change = {}};  // other layers: nothing is certified of them
  }

  Perturbed operator()(const Attack& attack) const {
    net::Classifier attacked(network, evaluation.noise);
    const Examination exam{network, evaluation, test, seeds, batch};
    Perturbed result = score_attack(exam, attacked, attack, settings);
    cell.values[core::metric("alarms")] = masking_alarms(exam, settings, attack, clean, result);
    return result;
  }

  Perturbed operator()(const Modification& modify) const {
    return score_changed({network, evaluation, test, seeds, batch},
                         [&](const net::Batch& clean_batch, Labels, Perturbed& so_far) {
                           if (!corrupted) return modify(clean_batch, test.shape, settings, seeds);
                           const auto first = static_cast<Eigen::Index>(so_far.scores.correct.size());
                           return net::Matrix(corrupted->middleCols(first, clean_batch.X.cols()));
                         });
  }
};

}  // namespace

CleanResult evaluate_clean(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test, int batch) {
  if (batch < 1 || test.images == 0) throw std::logic_error("evaluate_clean() needs images and a batch of at least 1");
  CleanResult clean{score_clean(network, evaluation, test, batch)};
  if (evaluation.certificate.length) clean.votes = votes_for_label({network, evaluation, test, {}, batch});
  return clean;
}

core::CellResult evaluate(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test,
                          const core::Settings& perturbation, const Seeds& seeds, int batch, const Shared& shared) {
  if (!shared.clean) {
    const CleanResult clean = evaluate_clean(network, evaluation, test, batch);
    return evaluate(network, evaluation, test, perturbation, seeds, batch, {&clean, shared.corrupted});
  }
  core::CellResult cell;
  const Scores& clean = shared.clean->scores;
  const Perturbation& kind = robust::perturbation(perturbation.kind);
  const Act act{network, evaluation, test, perturbation, seeds, batch, clean, shared.corrupted, cell};
  const Perturbed result = std::visit(act, kind.act);
  fill_scores(cell, clean, result.scores, evaluation.draws);
  fill_outcomes(cell, result.scores, test);
  fill_change(cell, result.change);
  if (evaluation.certificate.length && !result.shift.empty())
    fill_certificate(cell, result.shift, shared.clean->votes, evaluation.certificate);
  cell.status = core::Status::done;
  return cell;
}

}  // namespace espalier::robust
