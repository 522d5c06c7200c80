// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/runs.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::record {

RunInfo run_of(const ConstRow& row) {
  RunInfo out;
  out.start = row.number("start");
  out.end = row.number("end");
  if (row.has("active")) out.active = row.number("active");
  out.ranks = static_cast<int>(row.number("ranks"));
  out.exit_code = static_cast<int>(row.number("exit_code"));
  out.hosts = row.text("hosts");
  out.slurm_job = row.text("slurm_job");
  out.version = row.text("version");
  out.revision = row.text("revision");
  out.flags = row.text("flags");
  out.instruction_set = row.text("instruction_set");
  out.datasets = row.text("datasets");
  return out;
}

void write_run(const Store& store, std::size_t row, const RunInfo& run) {
  std::vector<std::byte> bytes(store.runs.table.width());
  Row out(store.runs.table, bytes);
  out.set("start", run.start);
  out.set("end", run.end);
  if (store.runs.table.has("active")) out.set("active", run.active);
  out.set("ranks", run.ranks);
  out.set("exit_code", run.exit_code);
  out.set("hosts", run.hosts);
  out.set("slurm_job", run.slurm_job);
  out.set("version", run.version);
  out.set("revision", run.revision);
  out.set("flags", run.flags);
  out.set("instruction_set", run.instruction_set);
  out.set("datasets", run.datasets);
  out.seal(0);
  store.runs.data.write(row, 1, bytes);
}

std::vector<RunInfo> read_runs(const Store& store) {
  std::vector<RunInfo> out;
  const auto rows = store.runs.read(0, store.runs.data.rows());
  for (std::uint64_t i = 0; i < store.runs.data.rows(); ++i) {
    const ConstRow row = store.runs.at(rows, i);
    if (row.number("start") != 0 && sealed(row.bytes(), 0)) out.push_back(run_of(row));
  }
  return out;
}

std::size_t free_run(const Store& store) {
  const auto rows = store.runs.read(0, store.runs.data.rows());
  std::size_t free = 0;
  while (free + 1 < store.runs.data.rows() && store.runs.at(rows, free).number("start") != 0) ++free;
  return free;
}

int begin_run(const std::filesystem::path& path, const RunInfo& run) {
  Store store = open_store(path, Access::write);
  const std::size_t free = free_run(store);
  write_run(store, free, run);
  close_store(std::move(store), path);
  return static_cast<int>(free);
}

void end_run(const std::filesystem::path& path, int run, const RunEnd& how) {
  Store store = open_store(path, Access::write);
  const auto row = static_cast<std::size_t>(run);
  const auto bytes = store.runs.read(row);
  RunInfo info = run_of(store.runs.at(bytes, 0));
  info.end = how.end;
  info.active = how.active;
  info.exit_code = how.exit_code;
  write_run(store, row, info);
  close_store(std::move(store), path);
}

}  // namespace espalier::record
