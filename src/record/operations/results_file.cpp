// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/results_file.hpp"

#include <fmt/core.h>

#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "espalier/core/error.hpp"
#include "record/hdf5/relay.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

/// A row written by another rank a moment ago may still be on its way through that rank's file system client.
constexpr int read_tries = 40;
constexpr std::chrono::milliseconds read_pause{25};

void check_shape(const std::filesystem::path& path, const Store& store, const core::Plan& plan, const Layout& layout,
                 std::uint64_t slots) {
  const std::uint64_t weights =
      store.model_extents.empty() ? 0 : store.model_extents.back().weight + store.model_extents.back().weights;
  const bool fits = store.results.data.rows() == plan.cells.size() && store.models.data.rows() == plan.models.size() &&
                    store.epochs.data.dims().at(1) == layout.epochs && store.degrees.dims().at(2) == sparse_layers(layout) &&
                    store.class_accuracy.dims().at(1) == layout.classes && store.weights.rows() == weights &&
                    store.checkpoints.rows() == slots && store.models.data.bytes() == store.fresh.models.size() &&
                    store.noise.data.bytes() == store.fresh.fits.size() && store.tails.data.bytes() == store.fresh.tails.size();
  if (!fits)
    throw core::UserError(
        fmt::format("{}: its table sizes differ from this plan (another build or data set); use another file", path.string()));
}

/// The state of a row whose work ended with `result`.
RowState ended_state(const RowState& before, const core::WorkResult& result, const RowOrigin& origin) {
  RowState state = next_state(before, result.status, origin);
  static_cast<core::WorkResult&>(state) = result;
  return state;
}

/// The result once it has ended and is intact; a failed one when that does not come.
template <typename Rows>
typename Rows::Result read_ended(const Store& store, std::size_t row) {
  for (int i = 0; i < read_tries; ++i) {
    auto result = read_row<Rows>(store, row);
    if (result && (result->status == core::Status::done || result->status == core::Status::failed)) return *std::move(result);
    std::this_thread::sleep_for(read_pause);
  }
  typename Rows::Result none;
  none.status = core::Status::failed;
  none.message =
      fmt::format("{} {} is not in the results file, or its checksum does not match", core::noun(work_of_rows<Rows>), row);
  return none;
}

/// What the row says now.
RowState stored_state(const Store& store, core::RowRef ref) {
  return with_rows(ref.work, [&](auto rows) {
    const StoredTable& table = store.*decltype(rows)::states;
    const auto bytes = table.read(ref.row);
    return state_of(table.at(bytes, 0));
  });
}

std::pair<core::Work, std::size_t> key(core::RowRef ref) { return {ref.work, ref.row}; }

}  // namespace

struct ResultsFile::File {
  MPI_Comm group = MPI_COMM_NULL;  ///< ranks whose rows the first of them writes; null where each writes its own
  int rank_in_group = 0;
  std::optional<Relay> relay;
  Store store;
  std::optional<RelayService> service;
  RowOrigin origin;
  /// States of rows that are known without reading them: all rows that are not here and have not ended were never started.
  std::optional<std::map<std::pair<core::Work, std::size_t>, RowState>> known;

  RowState state_before(core::RowRef ref) const;
  void mark(core::RowRef ref, core::Status status);

  void open(const std::filesystem::path& path, MPI_Comm world, WrittenBy by);
  h5::Handle open_group(const std::filesystem::path& path, MPI_Comm world, WrittenBy by);
  void serve();
  void close();
};

/// Opens the file for the ranks that write for their group. The other ranks read the file's structure, which does not change, and
/// nothing else.
h5::Handle ResultsFile::File::open_group(const std::filesystem::path& path, MPI_Comm world, WrittenBy by) {
  if (by == WrittenBy::hosts)
    MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, origin.rank, MPI_INFO_NULL, &group);
  else
    MPI_Comm_dup(world, &group);
  MPI_Comm_rank(group, &rank_in_group);
  MPI_Comm writers;
  MPI_Comm_split(world, rank_in_group == 0 ? 0 : MPI_UNDEFINED, origin.rank, &writers);
  if (rank_in_group != 0) return h5::open_file(path, false);
  h5::Handle file = h5::open_file(path, writers);  // keeps a copy of the communicator
  MPI_Comm_free(&writers);
  return file;
}

void ResultsFile::File::open(const std::filesystem::path& path, MPI_Comm world, WrittenBy by) {
  MPI_Comm_rank(world, &origin.rank);
  if (by == WrittenBy::ranks) {
    store = open_store(h5::open_file(path, world));
    return;
  }
  store = open_store(open_group(path, world, by));
  if (rank_in_group == 0) return;
  relay.emplace(group);
  for (h5::Dataset* dataset : store.datasets()) dataset->through(*relay);
}

void ResultsFile::File::serve() {
  if (group == MPI_COMM_NULL || rank_in_group != 0) return;
  service.emplace(group, std::as_const(store).datasets());
}

void ResultsFile::File::close() {
  if (relay) relay->leave();
  if (service) service->finish();
  close_store(std::move(store), "closing the results file");
  if (group != MPI_COMM_NULL) MPI_Comm_free(&group);
}

ResultsFile::ResultsFile(const std::filesystem::path& path, MPI_Comm world, int run, const core::Plan& plan, const Layout& layout,
                         WrittenBy by)
    : file_(std::make_unique<File>()) {
  file_->open(path, world, by);
  Store& store = file_->store;
  store.model_extents = model_extents(layout.models);
  store.cell_extents = cell_extents(plan, store.model_extents);
  store.fit_extents = fit_extents(plan, store.model_extents);
  store.tail_extents = tail_extents(plan, store.model_extents);
  const std::uint64_t slots = place_slots(layout.checkpoints, store.model_extents);
  store.fresh.models = models_table(plan, store.model_extents).rows;
  store.fresh.fits = noise_table(plan, store.fit_extents).rows;
  store.fresh.tails = tails_table(plan, store.tail_extents).rows;
  check_shape(path, store, plan, layout, slots);
  file_->origin.run = run;
  file_->serve();
}

// Closing is collective: while an exception is under way the other ranks do not come along, so the file is left to the
// operating system. Every row is with it already.
ResultsFile::~ResultsFile() {
  if (!file_) return;
  if (std::uncaught_exceptions() > 0) {
    file_->store.file.abandon();
    return;
  }
  try {
    close();
  } catch (...) {  // a destructor may not throw; close() reports
  }
}

RowState ResultsFile::File::state_before(core::RowRef ref) const {
  if (!known) return stored_state(store, ref);
  const auto found = known->find(key(ref));
  return found == known->end() ? RowState{} : found->second;
}

/// Gives a row another status, without a result.
void ResultsFile::File::mark(core::RowRef ref, core::Status status) {
  const RowState state = next_state(state_before(ref), status, origin);
  with_rows(ref.work, [&](auto rows) { write_row<decltype(rows)>(store, ref.row, {}, state); });
  if (known) known->insert_or_assign(key(ref), state);
}

void ResultsFile::take_history(const std::vector<RowHistory>& started) {
  file_->known.emplace();
  for (const RowHistory& row : started) {
    RowState state;
    state.attempt = row.attempts;
    state.crashes = row.crashes;
    file_->known->emplace(key(row.ref), state);
  }
}

void ResultsFile::write(std::size_t row, const core::AnyResult& any) {
  std::visit(
      [&]<typename Result>(const Result& result) {
        using Rows = RowsOf<Result>;
        const core::RowRef ref{core::work_of<Result>(), row};
        write_row<Rows>(file_->store, row, result, ended_state(file_->state_before(ref), result, file_->origin));
        if (file_->known) file_->known->erase(key(ref));
      },
      any);
}

void ResultsFile::start(core::RowRef ref) { file_->mark(ref, core::Status::started); }

void ResultsFile::release(core::RowRef ref) { file_->mark(ref, core::Status::to_do); }

core::AnyResult ResultsFile::read(core::RowRef ref) {
  return with_rows(ref.work, [&](auto rows) { return core::AnyResult(read_ended<decltype(rows)>(file_->store, ref.row)); });
}

bool ResultsFile::keeps_checkpoint(std::size_t row) const { return file_->store.model_extents.at(row).slot_bytes > 0; }

void ResultsFile::write_checkpoint(std::size_t row, std::span<const std::byte> state) {
  record::write_checkpoint(file_->store, row, state);
  RowState started = file_->state_before({core::Work::train, row});
  if (started.crashes == 0) return;
  started.crashes = 0;
  write_row<ModelRows>(file_->store, row, {}, started);
  if (file_->known) file_->known->insert_or_assign({core::Work::train, row}, started);
}

std::vector<std::byte> ResultsFile::read_checkpoint(std::size_t row) { return record::read_checkpoint(file_->store, row); }

void ResultsFile::close() {
  if (!file_) return;
  const std::unique_ptr<File> last = std::move(file_);
  last->close();
}

}  // namespace espalier::record
