#include "robust/examination.hpp"

#include <algorithm>
#include <numeric>

namespace espalier::robust {
namespace {

/// Calls `use(batch, labels)` for the test images, in their order.
void each_batch(const TestImages& test, int size, const core::Pulse& pulse,
                const std::function<void(const net::Batch&, Labels)>& use) {
  const std::uint32_t pixels = test.shape.height * test.shape.width;
  for (std::uint32_t first = 0; first < test.images; first += static_cast<std::uint32_t>(size)) {
    const std::uint32_t count = std::min<std::uint32_t>(static_cast<std::uint32_t>(size), test.images - first);
    if (pulse) pulse();
    std::vector<std::uint64_t> images(count);
    std::iota(images.begin(), images.end(), first);
    use(net::gather(test.pixels, pixels, images), test.labels.subspan(first, count));
  }
}

}  // namespace

Scores score_clean(const net::Network& network, const Judge& judge, const TestImages& test, int batch) {
  net::Classifier classifier(network, judge.noise);
  Scores scores;
  each_batch(test, batch, judge.pulse, [&](const net::Batch& clean, Labels labels) {
    score(classifier, clean.X, clean.images, labels, judge.draws, scores);
  });
  return scores;
}

Perturbed score_changed(const Examination& exam, const MakeInputs& change) {
  net::Classifier classifier(exam.network, exam.judge.noise);
  Perturbed result;
  each_batch(exam.test, exam.batch, exam.judge.pulse, [&](const net::Batch& clean, Labels labels) {
    const net::Matrix X = change(clean, labels, result);
    measure(clean.X, X, result.change);
    score(classifier, X, clean.images, labels, exam.judge.draws, result.scores);
  });
  return result;
}

Perturbed score_attack(const Examination& exam, net::Classifier& attacked, Attack attack, const core::Settings& settings) {
  return score_changed(exam, [&](const net::Batch& clean, Labels labels, Perturbed& result) {
    Attacked found = attack(attacked, clean, labels, exam.test.shape, settings, exam.seeds);
    result.alarms.insert(result.alarms.end(), found.alarms.begin(), found.alarms.end());
    return std::move(found.X);
  });
}

}  // namespace espalier::robust
