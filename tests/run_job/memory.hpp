// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// One small model on synthetic data, and a store in memory.

#include <map>

#include "espalier/run/run_job.hpp"
#include "espalier/train/topology.hpp"
#include "espalier/train/trainer.hpp"

namespace espalier::run::test {

/// Settings of `kind` with its defaults, then `changes`.
inline core::Settings with_defaults(const core::Kind& kind, const std::map<std::string, core::Value>& changes) {
  core::Settings settings{.kind = kind.name, .values = {}};
  for (const core::Parameter& p : kind.parameters)
    if (!p.default_value.empty()) settings.values[p.name] = p.default_value.front();
  for (const auto& [name, value] : changes) settings.values[name] = value;
  return settings;
}

/// `settings` with another value.
inline core::Settings with(core::Settings settings, const std::string& name, core::Value value) {
  settings.values[name] = std::move(value);
  return settings;
}

/// One static model on the synthetic data, clean and with noise at hidden layer `layer`.
inline core::Plan small_plan(int layer) {
  core::Plan plan;
  plan.master_seed = 7;
  const core::Settings train = with_defaults(train::train_settings(), {{"hidden", std::vector<double>{50, 50}}, {"epochs", 1.0}});
  plan.models.push_back({.id = "m",
                         .dataset = "synthetic",
                         .topology = with_defaults(train::rule("static").kind, {}),
                         .sparsity = 0.9,
                         .seed = 0,
                         .train = train,
                         .stream = "s"});
  const core::Settings none{.kind = "none", .values = {}};
  const core::Settings noise{.kind = "isotropic", .values = {{"layer", double(layer)}, {"trace", 0.1}, {"draws", 2.0}}};
  for (const core::Settings& n : {none, noise})
    plan.cells.push_back({.id = "c",
                          .perturbation = none,
                          .noise = n,
                          .evaluate = core::Settings{.kind = "evaluate", .values = {}},
                          .images = 200});
  return plan;
}

/// A store in memory that counts what is asked of it.
struct Memory {
  std::map<std::size_t, core::ModelResult> models;
  std::map<std::size_t, core::FitResult> fits;
  std::map<std::size_t, core::TailResult> tails;
  std::map<std::size_t, core::CellResult> cells;
  std::vector<std::size_t> started, released;  ///< models and cells, in order
  int reads = 0;
  int epochs_until_stop = 1000;
  core::CancellationCheck check_cancelled = [] {};

  run::Store store() {
    return {.read_model =
                [this](std::size_t row) {
                  ++reads;
                  return models.at(row);
                },
            .read_fit = [this](std::size_t row) { return fits.at(row); },
            .read_tail = [this](std::size_t row) { return tails.at(row); },
            .start_model = [this](std::size_t row) { started.push_back(row); },
            .start_fit = [this](std::size_t row) { started.push_back(row); },
            .start_tail = [this](std::size_t row) { started.push_back(row); },
            .start_cell = [this](std::size_t row) { started.push_back(row); },
            .release_model = [this](std::size_t row) { released.push_back(row); },
            .release_fit = [this](std::size_t row) { released.push_back(row); },
            .release_tail = [this](std::size_t row) { released.push_back(row); },
            .release_cell = [this](std::size_t row) { released.push_back(row); },
            .write_model = [this](std::size_t row, const core::ModelResult& result) { models[row] = result; },
            .write_fit = [this](std::size_t row, const core::FitResult& result) { fits[row] = result; },
            .write_tail = [this](std::size_t row, const core::TailResult& result) { tails[row] = result; },
            .write_cell = [this](std::size_t row, const core::CellResult& result) { cells[row] = result; },
            .wanted = [this](std::size_t row) { return !cells.contains(row); },
            .stop = [this] { return epochs_until_stop-- <= 0; },
            .check_cancelled = check_cancelled,
            .seconds = [] { return 0.0; }};
  }
};

inline data::Dataset load(const std::string&) { return data::synthetic(); }

inline const core::Job train_job{.work = core::Work::train, .item = 0};
inline const core::Job evaluate_job{.work = core::Work::evaluate, .item = 0, .cells = {0, 1}};

}  // namespace espalier::run::test
