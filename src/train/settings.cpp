// SPDX-License-Identifier: BSD-3-Clause
#include "train/settings.hpp"

#include <cmath>
#include <numbers>

#include "espalier/train/trainer.hpp"
#include "train/parameters.hpp"

namespace espalier::train {
namespace {

double half_cosine(double progress) { return 0.5 * (1 + std::cos(std::numbers::pi * progress)); }

core::Binding<TailSettings> tail_binding() {
  using S = TailSettings;
  return {setting("epochs", &S::epochs, {1, 100000}, "epochs", "passes over the training images"),
          setting("batch", &S::batch, {1, 65536}, "images", "images per step; the last batch of an epoch can be smaller"),
          choice("optimizer", &S::adam, {{"adam", true}, {"sgd", false}}, "Adam, or stochastic gradient descent with momentum"),
          setting("learning_rate", &S::learning_rate, {1e-9, 100}, "1",
                  "learning rate of the first step; the default suits adam; for sgd use 0.05 to 0.1 and standardised images"),
          setting("momentum", &S::momentum, {0, 0.9999}, "1", "of sgd").only_if("optimizer", {"sgd"}),
          setting("weight_decay", &S::weight_decay, {0, 1}, "1",
                  "this factor times the weight is added to its gradient; biases do not decay"),
          choice("schedule", &S::cosine, {{"constant", false}, {"cosine", true}},
                 "learning rate over the steps; cosine falls to 0 at the end")};
}

core::Binding<TrainSettings> train_binding() {
  return {network_settings(), tail_binding(),
          flag("standardise", &TrainSettings::standardise,
               "subtract one mean and divide by one standard deviation (over all pixels of all training images) in a "
               "fixed first layer; otherwise the network sees pixels in [0, 1]")};
}

constexpr int definition = 3;  // 2: cross-entropy without cancellation; 3: paired initial networks

}  // namespace

core::Kind train_settings() {
  return {.name = "train",
          .family = "train",
          .description = "settings of the training of every model",
          .parameters = train_binding().parameters(),
          .cost = [](const core::Settings& train) { return core::Cost{.forward = 1.0 * read_train(train).epochs}; },
          .definition = definition};
}

core::Kind tail_settings() {
  return {.name = "tail",
          .family = "tail",
          .description = "settings of the retraining of the layers above the noise ('retrain_tail')",
          .parameters = tail_binding().parameters(),
          .cost = [](const core::Settings& tail) { return core::Cost{.forward = 1.0 * read_tail(tail).epochs}; },
          .definition = definition};
}

TrainSettings read_train(const core::Settings& train) {
  static const core::Binding<TrainSettings> binding = train_binding();
  return binding.read(train);
}

TailSettings read_tail(const core::Settings& tail) {
  static const core::Binding<TailSettings> binding = tail_binding();
  return binding.read(tail);
}

int epochs(const core::Settings& train) {
  static const core::Binding<TailSettings> binding = tail_binding();
  return binding.read_some(train).epochs;
}

float TailSettings::rate(std::uint64_t step, std::uint64_t steps) const {
  const auto first = static_cast<float>(learning_rate);
  if (!cosine) return first;
  const double progress = static_cast<double>(step) / static_cast<double>(steps);
  return static_cast<float>(static_cast<double>(first) * half_cosine(progress));
}

double RewireSettings::share(int epoch, int epochs) const {
  const int finished = epoch + 1;
  const double last = until * epochs;
  if (finished >= epochs || finished % every != 0 || finished > last) return 0;
  return cosine ? fraction * half_cosine(finished / last) : fraction;
}

}  // namespace espalier::train
