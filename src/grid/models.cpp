// SPDX-License-Identifier: BSD-3-Clause
#include "grid/models.hpp"

#include <fmt/core.h>

#include <unordered_map>

#include "espalier/core/sha256.hpp"

namespace espalier::grid {
namespace {

/// The model at `point`, without its id.
ModelRow model_at(const ModelPoint& point, std::uint64_t master_seed, const Axes& axes, const core::Settings& train,
                  const core::Schema& schema) {
  ModelRow row;
  core::ModelSpec& spec = row.spec;
  spec.dataset = axes.datasets[point[0]];
  spec.topology = axes.topologies[point[1]].settings;
  spec.sparsity = is_sparse(schema, spec.topology) ? axes.sparsities[point[2]] : 0;
  spec.seed = axes.seeds[point[3]];
  spec.train = train;
  // Models that differ in anything else (topology rule, data set, epochs, rates) start from the same links and weights and see
  // the images in the same order: they are paired.
  spec.stream = fmt::format(R"({{"seed":{},"sparsity":{}}})", spec.seed, core::canonical(spec.sparsity));
  row.text = fmt::format(R"({{"master_seed":{},"dataset":"{}","topology":{},"sparsity":{},"seed":{},"train":{}}})", master_seed,
                         spec.dataset, core::canonical(spec.topology), core::canonical(spec.sparsity), spec.seed,
                         core::canonical(train));
  return row;
}

}  // namespace

std::vector<ModelRow> make_models(std::uint64_t master_seed, const Axes& axes, const core::Settings& train,
                                  const core::Schema& schema) {
  std::vector<ModelRow> rows;
  std::unordered_map<std::string, std::size_t> known;
  const auto add = [&](const ModelPoint& point) {
    ModelRow row = model_at(point, master_seed, axes, train, schema);
    const auto [found, is_new] = known.emplace(row.text, rows.size());
    if (is_new) {
      row.spec.id = core::content_id("model " + row.text);
      rows.push_back(std::move(row));
    }
    rows[found->second].points.push_back(point);
  };
  for (std::size_t d = 0; d < axes.datasets.size(); ++d)
    for (std::size_t t = 0; t < axes.topologies.size(); ++t)
      for (std::size_t s = 0; s < axes.sparsities.size(); ++s)
        for (std::size_t r = 0; r < axes.seeds.size(); ++r) add({d, t, s, r});
  return rows;
}

}  // namespace espalier::grid
