// SPDX-License-Identifier: BSD-3-Clause
#include "train/settings.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <set>

#include "espalier/train/trainer.hpp"
#include "train/networks.hpp"

namespace espalier::train {
namespace {

using core::Parameter;
using core::Type;

double half_cosine(double progress) { return 0.5 * (1 + std::cos(std::numbers::pi * progress)); }

}  // namespace

core::Kind train_settings() {
  std::vector<Parameter> all = network_parameters();
  const std::vector<Parameter> training{
      {.name = "epochs",
       .type = Type::integer,
       .min = 1,
       .max = 100000,
       .default_value = {10.0},
       .unit = "epochs",
       .description = "passes over the training images"},
      {.name = "batch",
       .type = Type::integer,
       .min = 1,
       .max = 65536,
       .default_value = {128.0},
       .unit = "images",
       .description = "images per step; the last batch of an epoch can be smaller"},
      {.name = "optimizer",
       .type = Type::choice,
       .choices = {"adam", "sgd"},
       .default_value = {std::string("adam")},
       .description = "Adam, or stochastic gradient descent with momentum"},
      {.name = "learning_rate",
       .min = 1e-9,
       .max = 100,
       .default_value = {0.003},
       .description = "learning rate of the first step; the default suits adam; for sgd use 0.05 to 0.1 and standardised images"},
      {.name = "momentum",
       .min = 0,
       .max = 0.9999,
       .default_value = {0.9},
       .description = "of sgd",
       .active_if = {"optimizer", {"sgd"}}},
      {.name = "weight_decay",
       .min = 0,
       .max = 1,
       .default_value = {0.0},
       .description = "this factor times the weight is added to its gradient; biases do not decay"},
      {.name = "schedule",
       .type = Type::choice,
       .choices = {"constant", "cosine"},
       .default_value = {std::string("cosine")},
       .description = "learning rate over the steps; cosine falls to 0 at the end"},
      {.name = "standardise",
       .type = Type::flag,
       .default_value = {false},
       .description = "subtract one mean and divide by one standard deviation (over all pixels of all training images) in a "
                      "fixed first layer; otherwise the network sees pixels in [0, 1]"}};
  std::ranges::copy(training, std::back_inserter(all));
  return {.name = "train",
          .family = "train",
          .description = "settings of the training of every model",
          .parameters = std::move(all),
          .definition = 3};  // 2: cross-entropy without cancellation; 3: paired initial networks
}

core::Kind tail_settings() {
  core::Kind kind = train_settings();
  kind.name = kind.family = "tail";
  kind.description = "settings of the retraining of the layers above the noise ('retrain_tail')";
  const std::set<std::string> kept{"epochs", "batch", "optimizer", "learning_rate", "momentum", "weight_decay", "schedule"};
  std::erase_if(kind.parameters, [&](const Parameter& parameter) { return !kept.contains(parameter.name); });
  return kind;
}

TrainSettings read_train(const core::Settings& train) {
  TrainSettings out = read_tail(train);
  out.standardise = train.flag("standardise");
  return out;
}

TrainSettings read_tail(const core::Settings& train) {
  TrainSettings out;
  out.epochs = train.integer("epochs");
  out.batch = static_cast<std::uint32_t>(train.integer("batch"));
  out.adam = train.text("optimizer") == "adam";
  out.learning_rate = static_cast<float>(train.number("learning_rate"));
  out.momentum = out.adam ? 0 : static_cast<float>(train.number("momentum"));
  out.weight_decay = static_cast<float>(train.number("weight_decay"));
  out.cosine = train.text("schedule") == "cosine";
  return out;
}

float TrainSettings::rate(std::uint64_t step, std::uint64_t steps) const {
  if (!cosine) return learning_rate;
  const double progress = static_cast<double>(step) / static_cast<double>(steps);
  return static_cast<float>(static_cast<double>(learning_rate) * half_cosine(progress));
}

RewireSettings read_rewire(const core::Settings& topology) {
  return {topology.number("rewire_fraction"), topology.text("rewire_decay") == "cosine", topology.integer("rewire_every"),
          topology.number("rewire_until")};
}

double RewireSettings::share(int epoch, int epochs) const {
  const int finished = epoch + 1;
  const double last = until * epochs;
  if (finished >= epochs || finished % every != 0 || finished > last) return 0;
  return cosine ? fraction * half_cosine(finished / last) : fraction;
}

}  // namespace espalier::train
