// SPDX-License-Identifier: BSD-3-Clause
#include "record/file/probe.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "espalier/core/sha256.hpp"
#include "record/file/runs.hpp"
#include "record/rows/store.hpp"

namespace espalier::record {
namespace {

constexpr unsigned patience = 5;                 // seconds, and one more for each
constexpr std::uint64_t read_rate = 20'000'000;  // bytes
constexpr std::uint64_t block_rows = 65536;      // hashed at a time

/// Whether the ends of the data are in the file.
bool ends_are_readable(const h5::Dataset& data) {
  if (data.rows() == 0) return true;
  std::vector<std::byte> row(data.row_bytes());
  data.read(0, 1, row);
  data.read(data.rows() - 1, 1, row);
  return true;
}

std::string hash_of(const h5::Dataset& data) {
  core::Sha256 hash;
  std::vector<std::byte> block;
  for (std::uint64_t first = 0; first < data.rows(); first += block_rows) {
    const std::uint64_t count = std::min(block_rows, data.rows() - first);
    block.resize(count * data.row_bytes());
    data.read(first, count, block);
    hash.add(block);
  }
  return hash.hex();
}

/// Reads the columns that every reader needs from the first row of each table.
void read_first_rows(const Store& store) {
  for (const StoredTable* table : {&store.results, &store.models, &store.noise, &store.tails})
    if (table->data.rows() > 0) state_of(table->at(table->read(0), 0));
  for (const StoredTable* table : {&store.cells, &store.models, &store.noise, &store.tails}) table->table.at("id");
  read_runs(store);
}

/// Reads what the readers of a file read beside rows and payloads.
bool is_readable(const std::filesystem::path& path, const Header& header) {
  const Store store = open_unchecked(path, Access::read);
  read_first_rows(store);
  for (const char* attribute : {"name", "grid", "plan_hash", "datasets", "espalier_version", "revision", "flags"})
    h5::text_attribute(store.file.id(), attribute);
  return std::ranges::all_of(header.data, [&](const DataRange& range) {
    const h5::Dataset data(store.file.id(), range.name);
    return data.bytes() == range.bytes && ends_are_readable(data) && (range.sha256.empty() || hash_of(data) == range.sha256);
  });
}

/// In the child process: a crash is silent, an endless loop in damaged metadata ends.
[[noreturn]] void try_to_read(const std::filesystem::path& path, const Header& header) {
  const rlimit no_core{};
  setrlimit(RLIMIT_CORE, &no_core);
  alarm(patience + static_cast<unsigned>(header.size / read_rate));
  bool readable = false;
  try {
    readable = is_readable(path, header);
  } catch (...) {
    readable = false;
  }
  std::_Exit(readable ? 0 : 1);
}

}  // namespace

bool is_readable_by_hdf5(const std::filesystem::path& path, const Header& header) {
  const pid_t child = fork();
  if (child == 0) try_to_read(path, header);
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace espalier::record
