// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/record/merge.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <unordered_map>

#include "espalier/core/error.hpp"
#include "espalier/record/notes.hpp"
#include "espalier/record/results_file.hpp"
#include "espalier/record/verify.hpp"
#include "record/file/builds.hpp"
#include "record/file/files.hpp"
#include "record/file/header.hpp"
#include "record/file/runs.hpp"
#include "record/rows/rows.hpp"

namespace espalier::record {
namespace {

namespace fs = std::filesystem;
using core::Status;

/// "name=sha256 ..." as pairs.
std::map<std::string, std::string> contents(const std::string& datasets) {
  std::map<std::string, std::string> out;
  std::istringstream words(datasets);
  for (std::string word; words >> word;) out[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  return out;
}

/// One file as the source of rows and the other as their target.
struct Transfer {
  Store into, from;
  fs::path from_path;
  bool failed = false;
  std::map<std::uint32_t, std::uint32_t> runs{};  ///< row of /runs in `from` -> in `into`
  ImportReport report{};
};

std::unordered_map<std::string, std::size_t> rows_by_id(const StoredTable& names) {
  std::unordered_map<std::string, std::size_t> out;
  const Column& id = names.table.at("id");
  each_row(names, [&](std::size_t number, const ConstRow& row) { out.emplace(row.text(id), number); });
  return out;
}

/// The run that wrote a row goes along with its first row.
std::uint32_t run_in_target(Transfer& transfer, std::uint32_t run) {
  const auto known = transfer.runs.find(run);
  if (known != transfer.runs.end()) return known->second;
  const StoredTable& source = transfer.from.runs;
  const auto row = static_cast<std::uint32_t>(free_run(transfer.into));
  if (run < source.data.rows()) {
    const auto bytes = source.read(run);
    if (source.at(bytes, 0).number("start") != 0) write_run(transfer.into, row, run_of(source.at(bytes, 0)));
  }
  transfer.runs.emplace(run, row);
  return row;
}

bool wanted(const Transfer& transfer, Status status) {
  return status == Status::done || (transfer.failed && status == Status::failed);
}

/// Whether the target takes the row: it has none, or only a failed one where the source has a result.
template <typename Rows>
bool takes(Transfer& transfer, std::size_t row, const typename Rows::Result& given, const std::string& id) {
  const auto present = read_row<Rows>(transfer.into, row);
  if (!present || (present->status != Status::done && present->status != Status::failed)) return true;
  if (present->status == Status::failed) return given.status == Status::done;
  if (given.status == Status::failed) return false;
  if (content_hash(*present) != content_hash(given)) {
    const std::string_view noun = core::noun(work_of_rows<Rows>);
    throw core::Error(core::ExitCode::disagree,
                      fmt::format("{}: {} {} differs from the same {} imported before; one of the two is wrong",
                                  transfer.from_path.string(), noun, id, noun));
  }
  ++transfer.report.agreed;
  return false;
}

template <typename Rows>
void transfer_rows(Transfer& transfer) {
  const StoredTable& states = transfer.from.*Rows::states;
  const auto targets = rows_by_id(transfer.into.*Rows::names);
  each_row(transfer.from.*Rows::names, [&](std::size_t row, const ConstRow& name) {
    const std::string id = name.text("id");
    const auto target = targets.find(id);
    // The ids of cells have a separate checksum; elsewhere an unknown one may be what is damaged.
    if (target == targets.end() && Rows::names != Rows::states) return;
    const auto result = read_settled<Rows>(transfer.from, row);
    if (!result) transfer.report.damaged.push_back(name_of_row<Rows>(transfer.from, row, id));
    if (!result || target == targets.end() || !wanted(transfer, result->status)) return;
    if (!takes<Rows>(transfer, target->second, *result, id)) return;
    RowState state = state_of(states.at(states.read(row), 0));
    state.run = run_in_target(transfer, state.run);
    write_row<Rows>(transfer.into, target->second, *result, state);
    ++transfer.report.of(work_of_rows<Rows>);
  });
}

void add(ImportReport& sum, const ImportReport& more, const fs::path& shard) {
  for (const core::Work work : core::all_work) sum.of(work) += more.of(work);
  sum.agreed += more.agreed;
  for (const std::string& row : more.damaged) sum.damaged.push_back(fmt::format("{} in {}", row, shard.string()));
}

/// The notes of all files, the oldest first; of those that say the same at the same time, which copies of one file have, one.
std::vector<Note> notes_of_all(const std::vector<fs::path>& shards) {
  std::vector<Note> all;
  for (const fs::path& shard : shards) std::ranges::copy(read_notes(shard), std::back_inserter(all));
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

}  // namespace

void check_reusable(const fs::path& from, const RunInfo& run, bool accept_build_change) {
  const Store store = open_store(from);
  const auto now = contents(run.datasets);
  for (const auto& [name, sha256] : contents(h5::text_attribute(store.file.id(), "datasets")))
    if (const auto same = now.find(name); same != now.end() && same->second != sha256)
      throw core::UserError(
          fmt::format("{}: was computed with other data: '{}={}', now '{}'", from.string(), name, sha256, same->second));
  if (!accept_build_change) check_build(from, last_build(store), run);
}

ImportReport take_over(const fs::path& into, const fs::path& from, bool failed) {
  Transfer transfer{open_store(into, Access::write), open_store(from, Access::read, true), from, failed};
  for (const core::Work work : core::all_work) with_rows(work, [&](auto rows) { transfer_rows<decltype(rows)>(transfer); });
  close_store(std::move(transfer.into), into);
  return transfer.report;
}

ImportReport merge(const fs::path& name, const std::vector<fs::path>& shards, const core::Plan& plan, const Layout& layout,
                   const RunInfo& made_by, bool accept_build_change) {
  for (const fs::path& shard : shards) check_reusable(shard, made_by, accept_build_change);
  const fs::path out = resolved(name);
  check_folder(out);
  const fs::path filling = companion(out, ".merging");
  fs::remove(filling);  // what a killed merge left behind
  const std::vector<Note> notes = notes_of_all(shards);
  Layout roomy = layout;
  roomy.notes += static_cast<std::uint32_t>(notes.size());
  ImportReport sum;
  try {
    create(filling, plan, roomy, made_by);
    for (const fs::path& shard : shards) add(sum, take_over(filling, shard, true), shard);
    add_notes(filling, notes);
    reserve_and_sync(filling, out);
    rename_exclusively(filling, out);
  } catch (...) {
    std::error_code ignored;
    fs::remove(filling, ignored);
    throw;
  }
  return sum;
}

}  // namespace espalier::record
