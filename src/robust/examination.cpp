// SPDX-License-Identifier: BSD-3-Clause
#include "robust/examination.hpp"

#include <algorithm>
#include <iterator>

namespace espalier::robust {
namespace {

constexpr std::uint64_t first_vote = std::uint64_t{1} << 36;  // apart from the draws of evaluations and attacks

/// Lengths of the shifts of the noisy layer's activations from `clean` to `changed`.
std::vector<double> shift_lengths(net::Classifier& classifier, const EvaluationSettings& evaluation, const net::Matrix& clean,
                                  const net::Matrix& changed) {
  const net::Matrix before = classifier.activations(clean, evaluation.noise.layer);
  return evaluation.certificate.length(classifier.activations(changed, evaluation.noise.layer) - before);
}

/// The images are attacked all at once and scored batch by batch.
Perturbed score_joint(const Examination& exam, net::Classifier& attacked, const JointAttack& joint,
                      const core::Settings& settings) {
  Attacked found;
  each_batch(exam.test, static_cast<int>(exam.test.images), exam.evaluation.check_cancelled,
             [&](const net::Batch& clean, Labels labels) {
               found = joint(attacked, clean, labels, exam.test.shape, settings, exam.seeds, exam.evaluation.check_cancelled);
             });
  Perturbed result = score_changed(exam, [&](const net::Batch& clean, Labels, Perturbed& so_far) {
    const auto first = static_cast<Eigen::Index>(so_far.scores.correct.size());
    return net::Matrix(found.X.middleCols(first, clean.X.cols()));
  });
  result.alarms = std::move(found.alarms);
  return result;
}

}  // namespace

void each_batch(const TestImages& test, int size, const core::CancellationCheck& check_cancelled,
                const std::function<void(const net::Batch&, Labels)>& use) {
  const std::uint32_t pixels = test.shape.size();
  for (std::uint32_t first = 0; first < test.images; first += static_cast<std::uint32_t>(size)) {
    const std::uint32_t count = std::min<std::uint32_t>(static_cast<std::uint32_t>(size), test.images - first);
    if (check_cancelled) check_cancelled();
    std::vector<std::uint64_t> images;
    std::vector<std::uint8_t> labels;
    for (std::size_t i = first; i < first + count; ++i) {
      images.push_back(test.number(i));
      labels.push_back(test.label(i));
    }
    use(net::gather(test.pixels, pixels, images), labels);
  }
}

std::vector<std::uint32_t> votes_for_label(const Examination& exam) {
  net::Classifier classifier(exam.network, exam.evaluation.noise);
  std::vector<std::uint32_t> votes;
  each_batch(exam.test, exam.batch, exam.evaluation.check_cancelled, [&](const net::Batch& clean, Labels labels) {
    const std::size_t first = votes.size();
    votes.resize(first + labels.size(), 0);
    classifier.each_draw(clean.X, clean.images, first_vote, exam.evaluation.certificate.draws,
                         [&](std::uint64_t, const net::Matrix& Z) {
                           const std::vector<std::uint8_t> says = net::predict(Z);
                           for (std::size_t b = 0; b < labels.size(); ++b) votes[first + b] += says[b] == labels[b];
                         });
  });
  return votes;
}

Scores score_clean(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test, int batch) {
  net::Classifier classifier(network, evaluation.noise);
  Scores scores;
  each_batch(test, batch, evaluation.check_cancelled, [&](const net::Batch& clean, Labels labels) {
    score(classifier, clean.X, clean.images, labels, evaluation.draws, scores);
  });
  return scores;
}

Perturbed score_changed(const Examination& exam, const MakeInputs& change) {
  net::Classifier classifier(exam.network, exam.evaluation.noise);
  Perturbed result;
  each_batch(exam.test, exam.batch, exam.evaluation.check_cancelled, [&](const net::Batch& clean, Labels labels) {
    const net::Matrix X = change(clean, labels, result);
    measure(clean.X, X, result.change);
    if (exam.evaluation.certificate.length)
      std::ranges::copy(shift_lengths(classifier, exam.evaluation, clean.X, X), std::back_inserter(result.shift));
    score(classifier, X, clean.images, labels, exam.evaluation.draws, result.scores);
  });
  return result;
}

Perturbed score_attack(const Examination& exam, net::Classifier& attacked, const Attack& attack, const core::Settings& settings) {
  if (const JointAttack& joint = perturbation(settings.kind).joint) return score_joint(exam, attacked, joint, settings);
  return score_changed(exam, [&](const net::Batch& clean, Labels labels, Perturbed& result) {
    Attacked found = attack(attacked, clean, labels, exam.test.shape, settings, exam.seeds);
    result.alarms.insert(result.alarms.end(), found.alarms.begin(), found.alarms.end());
    return std::move(found.X);
  });
}

}  // namespace espalier::robust
