// SPDX-License-Identifier: BSD-3-Clause
#include "grid/models.hpp"

#include <fmt/core.h>

#include <set>
#include <unordered_map>

#include "espalier/core/sha256.hpp"

namespace espalier::grid {
namespace {

/// The model at `point`, without its id; `train` are its settings.
ModelRow model_at(const Point& point, std::uint64_t master_seed, const core::Settings& train, const core::Schema& schema) {
  ModelRow row;
  core::ModelSpec& spec = row.spec;
  spec.dataset = point.dataset;
  spec.topology = point.topology->settings;
  spec.sparsity = is_sparse(schema, spec.topology) ? point.sparsity : 0;
  spec.seed = point.seed;
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

std::vector<ModelRow> make_models(std::uint64_t master_seed, const Product& product, const Sections& sections, Place place,
                                  Context& context) {
  std::vector<ModelRow> rows;
  std::unordered_map<std::string, std::size_t> known;
  std::vector<std::string> missing;
  for (std::uint64_t p = 0; p < product.size(); ++p) {
    const Point point = product.at(p);
    const core::Settings train = point.train.empty() ? sections.train.settings : sections.train.with(point.train, missing);
    ModelRow row = model_at(point, master_seed, train, context.schema);
    const auto [found, is_new] = known.emplace(row.text, rows.size());
    if (is_new) {
      row.spec.id = core::content_id("model " + row.text);
      rows.push_back(std::move(row));
    }
    rows[found->second].points.push_back(p);
  }
  report_missing(missing, *sections.train.kind, place, context);
  return rows;
}

}  // namespace espalier::grid
