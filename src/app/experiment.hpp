// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "app/options.hpp"
#include "espalier/core/kind.hpp"
#include "espalier/core/plan.hpp"
#include "espalier/data/dataset.hpp"
#include "espalier/record/schema.hpp"

namespace espalier::app {

/// Everything that is known before the first job: the plan with its costs, and the shapes of what will be stored.
struct Experiment {
  core::Plan plan;
  record::Layout layout;
  std::vector<std::filesystem::path> roots;          ///< where data sets are looked for
  std::map<std::string, data::DatasetShape> shapes;  ///< of each data set of the grid
  std::vector<std::string> warnings{};               ///< about settings and data that are probably a mistake
};

/// All catalogues together: what a grid may say.
core::Schema schema();

/// Data set `name` of the experiment, from the cache that the ranks of one host share where there is one.
data::Dataset load(const Experiment& experiment, const std::string& name);

/// "name=sha256 ..." of the data sets' contents; reads all of them.
std::string content_of(const Experiment& experiment);

/// Reads the grid and the data sets' headers and checks one against the other. Throws core::UserError.
Experiment prepare(const Options& options);

/// The same with only the cells that the options select, and the models, fits and tails that these need.
Experiment prepare_selected(const Options& options);

/// The same for the whole grid that a results file was made from.
Experiment prepare_whole(const std::string& file, const Options& options);

/// The plan of what a results file holds: of its shard, if it is one. Row i of the plan is row i of the file. Needs no data sets.
/// Throws core::UserError when this version expands the grid to another plan.
core::Plan plan_of_file(const std::string& file);

/// The experiment of that plan.
Experiment prepare_again(const std::string& file, const Options& options);

}  // namespace espalier::app
