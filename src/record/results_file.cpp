// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/results_file.hpp"

#include <fmt/core.h>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "espalier/core/error.hpp"
#include "record/relay.hpp"
#include "record/store.hpp"

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
                    store.checkpoints.rows() == slots &&
                    store.models.table.width() * plan.models.size() == store.fresh_models.size() &&
                    store.noise.data.bytes() == store.fresh_noise.size() && store.tails.data.bytes() == store.fresh_tails.size();
  if (!fits)
    throw core::UserError(
        fmt::format("{}: its table sizes differ from this plan (another build or data set); use another file", path.string()));
}

/// The state of a row whose work ended with `result`.
template <typename Result>
RowState ended_state(const StoredTable& table, std::size_t row, const Result& result, const Writer& writer) {
  RowState state = next_state(table, row, result.status, writer);
  state.reason = result.reason;
  state.message = result.message;
  state.seconds = result.seconds;
  return state;
}

/// What `read` gives once it has ended and is intact; a failed result when that does not come.
template <typename Read>
auto read_ended(const char* what, std::size_t row, const Read& read) {
  typename std::invoke_result_t<Read>::value_type none;
  for (int i = 0; i < read_tries; ++i) {
    auto result = read();
    if (result && (result->status == core::Status::done || result->status == core::Status::failed)) return *std::move(result);
    std::this_thread::sleep_for(read_pause);
  }
  none.status = core::Status::failed;
  none.message = fmt::format("{} {} is not in the results file, or its checksum does not match", what, row);
  return none;
}

}  // namespace

struct ResultsFile::File {
  MPI_Comm comm = MPI_COMM_NULL;  ///< of the requests to rank 0, if it writes for all
  std::optional<Relay> relay;
  Store store;
  std::optional<RelayService> service;
  Writer writer;

  void open(const std::filesystem::path& path, MPI_Comm world, WrittenBy by);
  void serve();
  void close();
};

// The other ranks read the file's structure, which does not change, and nothing else.
void ResultsFile::File::open(const std::filesystem::path& path, MPI_Comm world, WrittenBy by) {
  MPI_Comm_rank(world, &writer.rank);
  if (by == WrittenBy::ranks) {
    store = open_store(h5::open_file(path, world));
    return;
  }
  MPI_Comm_dup(world, &comm);
  store = open_store(writer.rank == 0 ? h5::open_file(path, MPI_COMM_SELF) : h5::open_file(path, false));
  if (writer.rank == 0) return;
  relay.emplace(comm);
  for (h5::Dataset* dataset : store.datasets()) dataset->through(*relay);
}

void ResultsFile::File::serve() {
  if (comm == MPI_COMM_NULL || writer.rank != 0) return;
  const auto datasets = store.datasets();
  service.emplace(comm, std::vector<const h5::Dataset*>(datasets.begin(), datasets.end()));
}

void ResultsFile::File::close() {
  if (relay) relay->leave();
  if (service) service->finish();
  close_store(std::move(store), "closing the results file");
  if (comm != MPI_COMM_NULL) MPI_Comm_free(&comm);
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
  store.fresh_models = models_table(plan, store.model_extents).rows;
  store.fresh_noise = noise_table(plan, store.fit_extents).rows;
  store.fresh_tails = tails_table(plan, store.tail_extents).rows;
  check_shape(path, store, plan, layout, slots);
  file_->writer.run = run;
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

void ResultsFile::write_cell(std::size_t row, const core::CellResult& result) {
  record::write_cell(file_->store, row, result, ended_state(file_->store.results, row, result, file_->writer));
}

void ResultsFile::write_model(std::size_t row, const core::ModelResult& result) {
  record::write_model(file_->store, row, result, ended_state(file_->store.models, row, result, file_->writer));
}

void ResultsFile::write_fit(std::size_t row, const core::FitResult& result) {
  record::write_fit(file_->store, row, result, ended_state(file_->store.noise, row, result, file_->writer));
}

void ResultsFile::write_tail(std::size_t row, const core::TailResult& result) {
  record::write_tail(file_->store, row, result, ended_state(file_->store.tails, row, result, file_->writer));
}

void ResultsFile::start_cell(std::size_t row) {
  record::write_cell(file_->store, row, {}, next_state(file_->store.results, row, core::Status::started, file_->writer));
}

void ResultsFile::start_model(std::size_t row) {
  record::write_model(file_->store, row, {}, next_state(file_->store.models, row, core::Status::started, file_->writer));
}

void ResultsFile::release_cell(std::size_t row) {
  record::write_cell(file_->store, row, {}, next_state(file_->store.results, row, core::Status::to_do, file_->writer));
}

void ResultsFile::release_model(std::size_t row) {
  record::write_model(file_->store, row, {}, next_state(file_->store.models, row, core::Status::to_do, file_->writer));
}

bool ResultsFile::keeps_checkpoint(std::size_t row) const { return file_->store.model_extents.at(row).slot_bytes > 0; }

void ResultsFile::write_checkpoint(std::size_t row, std::span<const std::byte> state) {
  record::write_checkpoint(file_->store, row, state);
  const auto bytes = file_->store.models.read(row);
  RowState started = state_of(file_->store.models.at(bytes, 0));
  if (started.crashes == 0) return;
  started.crashes = 0;
  record::write_model(file_->store, row, {}, started);
}

std::vector<std::byte> ResultsFile::read_checkpoint(std::size_t row) { return record::read_checkpoint(file_->store, row); }

void ResultsFile::start_fit(std::size_t row) {
  record::write_fit(file_->store, row, {}, next_state(file_->store.noise, row, core::Status::started, file_->writer));
}

void ResultsFile::start_tail(std::size_t row) {
  record::write_tail(file_->store, row, {}, next_state(file_->store.tails, row, core::Status::started, file_->writer));
}

void ResultsFile::release_fit(std::size_t row) {
  record::write_fit(file_->store, row, {}, next_state(file_->store.noise, row, core::Status::to_do, file_->writer));
}

void ResultsFile::release_tail(std::size_t row) {
  record::write_tail(file_->store, row, {}, next_state(file_->store.tails, row, core::Status::to_do, file_->writer));
}

core::ModelResult ResultsFile::read_model(std::size_t row) {
  return read_ended("model", row, [&] { return record::read_model(file_->store, row); });
}

core::FitResult ResultsFile::read_fit(std::size_t row) {
  return read_ended("fit", row, [&] { return record::read_fit(file_->store, row); });
}

core::TailResult ResultsFile::read_tail(std::size_t row) {
  return read_ended("tail", row, [&] { return record::read_tail(file_->store, row); });
}

void ResultsFile::close() {
  if (!file_) return;
  const std::unique_ptr<File> last = std::move(file_);
  last->close();
}

}  // namespace espalier::record
