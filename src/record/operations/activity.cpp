// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/activity.hpp"

#include <algorithm>

#include "espalier/record/lock.hpp"
#include "record/file/runs.hpp"
#include "record/rows/store.hpp"

namespace espalier::record {
namespace {

using core::Status;

constexpr std::uint64_t block_rows = 4096;
constexpr const char* training = "training";

bool has_ended(Status status) { return status == Status::done || status == Status::failed || status == Status::not_needed; }

/// Adds the rows of one table to what is known.
class Collector {
 public:
  Collector(Activity& out, std::uint32_t last_run) : out_(out), last_run_(last_run) {}

  void add(const RowState& state, const std::string& kind) {
    WorkSoFar& work = out_.work[kind];
    const bool ended = has_ended(state.status);
    work.done += state.status == Status::done;
    work.left += !ended;
    if (state.status == Status::done) {
      work.seconds += state.seconds;
      work.squares += state.seconds * state.seconds;
    }
    if (state.run != last_run_ || state.rank >= out_.ranks.size()) return;
    RankActivity& rank = out_.ranks[state.rank];
    out_.last_written = std::max(out_.last_written, state.written);
    if (ended && state.status != Status::not_needed && state.written > 0) {
      rank.busy += state.seconds;
      ++rank.rows;
    }
    if (state.status == Status::started && state.written >= rank.since) {
      rank.now = kind;
      rank.since = state.written;
    }
  }

 private:
  Activity& out_;
  std::uint32_t last_run_;
};

void add_models(const Store& store, Collector& collector) {
  const auto rows = store.models.read(0, store.models.data.rows());
  for (std::uint64_t i = 0; i < store.models.data.rows(); ++i) collector.add(state_of(store.models.at(rows, i)), training);
}

/// Calls `use` with the state, the seed and the kind of each cell: its perturbation, and its noise where there is one.
template <typename Use>
void each_cell(const Store& store, Use use) {
  const Column& perturbation = store.cells.table.at("perturbation");
  const Column& noise = store.cells.table.at("noise");
  const Column& seed = store.cells.table.at("seed");
  for (std::uint64_t first = 0; first < store.results.data.rows(); first += block_rows) {
    const std::uint64_t count = std::min(block_rows, store.results.data.rows() - first);
    const auto cells = store.cells.read(first, count), results = store.results.read(first, count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const ConstRow cell = store.cells.at(cells, i);
      const std::string under = cell.text(noise), kind = cell.text(perturbation);
      use(state_of(store.results.at(results, i)), cell.number(seed), under == "none" ? kind : kind + ", noise " + under);
    }
  }
}

}  // namespace

Activity read_activity(const std::filesystem::path& path, double now, double lately) {
  const Store store = open_store(path);
  const std::vector<RunInfo> runs = read_runs(store);
  Activity out;
  const Holder holder = holder_of(path);
  out.live = holder.live;
  out.active = holder.active.value_or(0);
  if (!runs.empty()) out.ranks.resize(static_cast<std::size_t>(std::max(runs.back().ranks, 0)));
  Collector collector(out, runs.empty() ? 0 : static_cast<std::uint32_t>(runs.size() - 1));
  add_models(store, collector);
  std::map<double, bool> complete;  // per seed
  each_cell(store, [&](const RowState& state, double seed, const std::string& kind) {
    collector.add(state, kind);
    bool& so_far = complete.emplace(seed, true).first->second;
    so_far = so_far && has_ended(state.status);
    out.done_lately += state.status == Status::done && state.written > now - lately;
  });
  out.seeds = complete.size();
  out.seeds_complete = static_cast<std::size_t>(std::ranges::count_if(complete, [](const auto& seed) { return seed.second; }));
  return out;
}

}  // namespace espalier::record
