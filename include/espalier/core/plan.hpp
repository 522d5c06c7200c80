// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "espalier/core/settings.hpp"

namespace espalier::core {

/// One model to train. Cells that share all of this share the model.
struct ModelSpec {
  std::string id;
  std::string dataset;
  Settings topology;    ///< the rule; its values are the model settings it uses (rewire_fraction, ...)
  double sparsity = 0;  ///< of the sparse layers; 0 for dense topologies
  int seed = 0;
  Settings train;      ///< kind "train"
  std::string stream;  ///< canonical (seed, topology, sparsity, dataset, ...): keys the model's random draws
  double cost = 0;     ///< predicted seconds of its training on one core
};

/// One covariance to fit: activations of `model` at hidden layer `layer` under `source` against clean training images.
struct FitSpec {
  std::string id;
  std::size_t model = 0;
  Settings source;           ///< a perturbation
  int layer = 1;             ///< hidden layer, from 1
  std::uint32_t images = 0;  ///< number of training images, starting with the first; 0: all
  double cost = 0;           ///< predicted seconds on one core
};

/// One tail to retrain: the layers above the noise, with the noise on.
struct TailSpec {
  std::string id;
  std::size_t model = 0;
  std::optional<std::size_t> fit{};
  Settings noise;
  Settings train{};  ///< kind "tail"
  double cost = 0;   ///< predicted seconds on one core
};

/// One cell of the grid: a network, a perturbation and a noise.
struct Cell {
  std::string id;
  std::size_t model = 0;              ///< row in Plan::models
  std::optional<std::size_t> fit{};   ///< row in Plan::fits
  std::optional<std::size_t> tail{};  ///< row in Plan::tails
  SharedSettings perturbation;
  SharedSettings noise;
  SharedSettings evaluate;           ///< kind "evaluate"
  std::uint32_t images = 0;          ///< number of test images
  std::uint64_t outcome_offset = 0;  ///< first byte of the cell in /outcomes
  double cost = 0;                   ///< predicted seconds on one core
};

/// When the seeds of a group are enough: `until` of the grid's seeds.
struct Until {
  double half_width = 0;                         ///< of the 95 % interval of the mean, in the unit of what `of` names
  std::string of = "accuracy";                   ///< a metric, or "difference": of the accuracy of two cells
  std::size_t at_least = 5;                      ///< values before the first decision
  std::map<std::string, std::string> against{};  ///< of a difference: axis -> its value in the second cell, canonical
};

/// Cells that are equal but for the seed, in the order of the grid's seeds; `against` are the cells that they are compared with,
/// seed by seed.
struct SeedGroup {
  std::vector<std::size_t> cells{};    ///< rows of Plan::cells
  std::vector<std::size_t> against{};  ///< rows of Plan::cells, as many; or none
};

/// What one axis contributes, for people.
struct AxisSummary {
  std::string axis;
  std::vector<std::string> values;
  std::vector<std::string> zipped_with{};  ///< axes that take their values together with this one
};

/// The grid, expanded. Every rank expands the same plan from the same text and compares `hash`.
struct Plan {
  std::string name;
  std::uint64_t master_seed = 0;
  std::string source;                                 ///< the grid file's text
  std::map<std::string, std::string> dataset_places;  ///< "grid.yaml:5:12" where it names each data set
  std::string hash;                                   ///< SHA-256 over all ids
  std::vector<ModelSpec> models;
  std::vector<FitSpec> fits;
  std::vector<TailSpec> tails;
  std::vector<Cell> cells;
  std::map<std::string, std::string> families;  ///< of the perturbations that cells and fits name
  std::vector<AxisSummary> axes;
  std::optional<Until> until{};      ///< nothing: every cell is needed
  std::vector<SeedGroup> groups{};   ///< that `until` decides on; a cell of none is needed
  std::vector<std::string> remarks;  ///< what was excluded by which rule, what collapsed into one cell
};

/// Bytes that the outcomes of `images` images take: one bit each.
constexpr std::uint64_t outcome_bytes(std::uint32_t images) { return (std::uint64_t{images} + 7) / 8; }

}  // namespace espalier::core
