// SPDX-License-Identifier: BSD-3-Clause
#include "app/recomputation.hpp"

#include <fmt/core.h>

#include "app/provenance.hpp"

namespace espalier::app {

template <typename Result>
bool Recomputation::same(const Result& computed, const Result& stored, std::string_view what, const std::string& id) {
  if (record::science(computed) == record::science(stored)) return true;
  const bool failed = computed.status == core::Status::failed;
  differing_.push_back(fmt::format("{} {}{}", what, id, failed ? fmt::format(" (fails now: {})", computed.message) : ""));
  return false;
}

void Recomputation::compare_cell(std::size_t row, const core::CellResult& computed) {
  ++cells_;
  if (!same(computed, rows_.cell(row), "cell", plan_.cells[row].id)) differing_cells_[row] = computed;
}

run::Store Recomputation::computed_store() {
  run::Store store = stored_store();
  store.read_model = [this](std::size_t row) { return models_.at(row); };
  store.read_fit = [this](std::size_t row) { return fits_.at(row); };
  store.read_tail = [this](std::size_t row) { return tails_.at(row); };
  store.write_model = [this](std::size_t row, const core::ModelResult& model) {
    same(model, rows_.model(row), "model", plan_.models[row].id);
    models_[row] = model;
  };
  store.write_fit = [this](std::size_t row, const core::FitResult& fit) {
    same(fit, rows_.fit(row), "fit", plan_.fits[row].id);
    fits_[row] = fit;
  };
  store.write_tail = [this](std::size_t row, const core::TailResult& tail) {
    same(tail, rows_.tail(row), "tail", plan_.tails[row].id);
    tails_[row] = tail;
  };
  return store;
}

run::Store Recomputation::stored_store() {
  const auto ignore = [](std::size_t) {};
  return {.read_model = [this](std::size_t row) { return rows_.model(row); },
          .read_fit = [this](std::size_t row) { return rows_.fit(row); },
          .read_tail = [this](std::size_t row) { return rows_.tail(row); },
          .start_model = ignore,
          .start_fit = ignore,
          .start_tail = ignore,
          .start_cell = ignore,
          .release_model = ignore,
          .release_fit = ignore,
          .release_tail = ignore,
          .release_cell = ignore,
          .write_model = {},
          .write_fit = {},
          .write_tail = {},
          .write_cell = [this](std::size_t row, const core::CellResult& cell) { compare_cell(row, cell); },
          .wanted = [](std::size_t) { return true; },
          .stop = [] { return false; },
          .check_cancelled = {},
          .seconds = now};
}

std::vector<core::Job> Recomputation::jobs_of(std::size_t row) const {
  const core::Cell& cell = plan_.cells[row];
  std::vector<core::Job> jobs;
  if (!models_.contains(cell.model)) jobs.push_back({.work = core::Work::train, .item = cell.model});
  if (cell.fit && !fits_.contains(*cell.fit)) jobs.push_back({.work = core::Work::fit, .item = *cell.fit});
  if (cell.tail && !tails_.contains(*cell.tail)) jobs.push_back({.work = core::Work::retrain, .item = *cell.tail});
  jobs.push_back({.work = core::Work::evaluate, .item = cell.model, .cells = {row}});
  return jobs;
}

}  // namespace espalier::app
