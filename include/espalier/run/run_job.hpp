// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "espalier/core/failure.hpp"
#include "espalier/core/job.hpp"
#include "espalier/core/noise_results.hpp"
#include "espalier/core/results.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/net/network.hpp"
#include "espalier/robust/evaluate.hpp"

namespace espalier::run {

/// Where a job reads what it needs and puts what it made. The program ties these to the results file. A row that cannot be read
/// comes back as failed; what throws core::StoreFailure ends the run.
struct Store {
  std::function<core::ModelResult(std::size_t model)> read_model;
  std::function<core::FitResult(std::size_t fit)> read_fit;
  std::function<core::TailResult(std::size_t tail)> read_tail;
  std::function<void(std::size_t model)> start_model;  ///< marks the row as started, so that a crash can be counted
  std::function<void(std::size_t fit)> start_fit;
  std::function<void(std::size_t tail)> start_tail;
  std::function<void(std::size_t cell)> start_cell;
  std::function<void(std::size_t model)> release_model;  ///< a started row was stopped cleanly: not a crash
  std::function<void(std::size_t fit)> release_fit;
  std::function<void(std::size_t tail)> release_tail;
  std::function<void(std::size_t cell)> release_cell;
  std::function<void(std::size_t model, const core::ModelResult&)> write_model;
  std::function<void(std::size_t fit, const core::FitResult&)> write_fit;
  std::function<void(std::size_t tail, const core::TailResult&)> write_tail;
  std::function<void(std::size_t cell, const core::CellResult&)> write_cell;
  std::function<std::vector<std::byte>(std::size_t model)> read_checkpoint{};  ///< state of a training that was cut short
  /// Called between two epochs; may keep what `state` gives.
  std::function<void(std::size_t model, const std::function<std::vector<std::byte>()>& state)> write_checkpoint{};
  std::function<bool(std::size_t cell)> wanted;  ///< false: the cell is done already
  std::function<bool()> stop;                    ///< asked between cells and epochs; true: end the job by core::Stopped
  core::CancellationCheck check_cancelled;       ///< called between batches; may throw core::Stopped or core::TimeLimit
  std::function<double()> seconds;               ///< a clock, for the rows' seconds
};

/// Test images and what a perturbation makes of them, column by column.
struct Inputs {
  robust::ImageShape shape;
  net::Matrix clean, changed;  ///< D x B
  std::vector<std::uint8_t> labels;
};

/// Most bytes of corrupted test images that a rank keeps.
inline constexpr std::size_t corrupted_images_bytes = std::size_t{256} << 20;

class ArtifactCache;

/// Runs jobs of one plan. Keeps in memory what they share: the data sets, the last model, its tail, its fit and its noises.
class Runner {
 public:
  Runner(const core::Plan& plan, std::function<data::Dataset(const std::string& name)> load, Store store);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs `job`; what fails becomes failed rows with a reason. Returns false when a row failed.
  /// Throws core::Stopped and core::StoreFailure: those end the run.
  bool run(const core::Job& job);

  /// The first `images` of the images that cell `row` was evaluated on, again, bit for bit. Its perturbation must change images,
  /// and its model (fit, tail) must be stored.
  Inputs inputs(std::size_t row, std::uint32_t images);

 private:
  bool train(std::size_t model);
  core::ModelResult trained(std::size_t model);
  bool fit(std::size_t row);
  bool retrain(std::size_t row);
  core::TailResult retrained(const core::TailSpec& spec);
  bool evaluate(const core::Job& job);
  robust::EvaluationSettings evaluation_of(const core::Cell& cell);
  const net::Network& network_of(const core::Cell& cell);
  core::CellResult evaluated(const core::Cell& cell);

  const core::Plan& plan_;
  Store store_;
  std::unique_ptr<ArtifactCache> artifacts_;
};

}  // namespace espalier::run
