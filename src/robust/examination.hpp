// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "espalier/robust/evaluate.hpp"
#include "robust/change.hpp"
#include "robust/score.hpp"

namespace espalier::robust {

using Labels = std::span<const std::uint8_t>;

/// What every pass over the test images needs.
struct Examination {
  const net::Network& network;
  const EvaluationSettings& evaluation;
  const TestImages& test;
  Seeds seeds;
  int batch;
};

/// What a perturbed pass found, image by image.
struct Perturbed {
  Scores scores;
  Change change;                        ///< empty where the images stay as they are
  std::vector<std::uint32_t> alarms{};  ///< of attacks
  std::vector<double> shift{};          ///< lengths of the shifts of the activations; empty unless a certificate is asked for
};

/// Scores of a network on the images as they are.
Scores score_clean(const net::Network& network, const EvaluationSettings& evaluation, const TestImages& test, int batch);

/// Calls `use(batch, labels)` for the test images, in their order and `size` at a time, and `check_cancelled` before each batch.
void each_batch(const TestImages& test, int size, const core::CancellationCheck& check_cancelled,
                const std::function<void(const net::Batch&, Labels)>& use);

/// How many of the certificate's draws say the label, image by image, on the images as they are.
std::vector<std::uint32_t> votes_for_label(const Examination& exam);

/// Scores on the inputs (D x B) that `change` makes of each batch; it may add to the result's alarms.
using MakeInputs = std::function<net::Matrix(const net::Batch& clean, Labels labels, Perturbed& result)>;
Perturbed score_changed(const Examination& exam, const MakeInputs& change);

/// Scores on the inputs that `attack` finds against `attacked`, which may be another network than the evaluated one.
Perturbed score_attack(const Examination& exam, net::Classifier& attacked, const Attack& attack, const core::Settings& settings);

}  // namespace espalier::robust
