// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include "espalier/data/dataset.hpp"
#include "espalier/net/classifier.hpp"
#include "espalier/noise/fit.hpp"
#include "espalier/noise/structure.hpp"
#include "espalier/run/run_job.hpp"

namespace espalier::run {

/// Thrown where something cannot be computed because a model, fit or tail that it needs failed.
struct NeedsFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Ruler {
  noise::Length length;        ///< of shifts in units of the noise
  double structure_error = 0;  ///< of its covariance against the fitted one
};

/// What jobs of one plan share, read or made once: the data sets, and the last model, tail and fit with its noises. What it
/// returns is valid until the next call of the same function.
class ArtifactCache {
 public:
  ArtifactCache(const core::Plan& plan, std::function<data::Dataset(const std::string& name)> load, const Store& store);

  const data::Dataset& dataset(const std::string& name);
  const net::Network& network(std::size_t model);
  const net::Network& network_with_tail(std::size_t tail);
  /// The noise `settings` of a model, by fit `fit` where it needs one.
  net::NoiseSite noise(std::size_t model, const core::Settings& settings, std::optional<std::size_t> fit);
  /// The noise of a cell that is evaluated with it: at its cheapest place, unless the cell damages its network.
  net::NoiseSite noise_of(const core::Cell& cell);
  /// What the network of a cell does with the cell's clean images; `evaluate` where it is not known yet.
  const robust::CleanResult& clean(const core::Cell& cell, const std::function<robust::CleanResult()>& evaluate);
  /// The cell's test images as its perturbation changes them: shared by the networks and noises of a seed. Null where they are
  /// too large to keep.
  const net::Matrix* corrupted(const core::Cell& cell, const robust::TestImages& test, const robust::Seeds& seeds);
  /// What is known of that noise beside its draws; dear, so only the last one asked for is kept.
  const Ruler& ruler(std::size_t model, const core::Settings& settings, std::optional<std::size_t> fit);

 private:
  template <typename Value>
  struct Last {
    std::size_t row = std::numeric_limits<std::size_t>::max();
    Value value{};
  };
  const noise::Fit& fit(std::size_t row);
  std::string noise_key(std::size_t model, const core::Settings& settings, std::optional<std::size_t> fit) const;
  /// Units of the layer of `settings`. Throws std::runtime_error when the network has no such layer.
  int units(std::size_t model, const core::Settings& settings);

  const core::Plan& plan_;
  std::function<data::Dataset(const std::string&)> load_;
  const Store& store_;
  std::map<std::string, data::Dataset> datasets_;
  Last<net::Network> network_, tailed_;
  Last<noise::Fit> fit_;
  std::map<std::string, net::NoiseSite> noises_;
  std::pair<std::string, net::NoiseSite> placed_;  ///< the last noise that was evaluated, at its cheapest place
  std::pair<std::string, Ruler> ruler_;
  std::map<std::string, robust::CleanResult> clean_;
  struct CorruptedImages {
    std::string key;
    net::Matrix X;
  };
  std::list<CorruptedImages> corrupted_;  ///< the one used last in front
};

}  // namespace espalier::run
