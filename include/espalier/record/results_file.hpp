// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mpi.h>

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "espalier/record/schema.hpp"

namespace espalier::record {

/// Creates FILE.h5 with every dataset at its final size, all rows to do, under a temporary name that is then renamed.
/// Serial; called only by rank 0. Throws core::UserError when the folder is missing or not writable, the disk too small, or the
/// file there.
void create(const std::filesystem::path& path, const core::Plan& plan, const Layout& layout, const RunInfo& made_by);

/// Bytes that the file of a plan takes on disk.
std::uint64_t file_size(const core::Plan& plan, const Layout& layout);

/// A warning when another program changed the file's structure; empty otherwise. Throws core::UserError for a foreign file.
std::string structure_remark(const std::filesystem::path& path);

/// The grid text that the file was made from.
std::string grid_text(const std::filesystem::path& path);

/// The hash of the plan (or shard) that the file holds the rows of.
std::string plan_hash(const std::filesystem::path& path);

/// Refuses a file of another plan, format, data content or build, naming the difference. Serial.
/// `accept_build_change` lets another build append.
void check_resumable(const std::filesystem::path& path, const core::Plan& plan, const RunInfo& run, bool accept_build_change);

/// Whether rows are compared with their checksums, for which their payload is read too.
enum class Trust { checked, as_stored };

/// Status of all rows. Serial; works while a run is active.
Progress read_progress(const std::filesystem::path& path, Trust trust = Trust::checked);

/// What count_crashes() found.
struct Crashes {
  std::size_t interrupted = 0;  ///< rows that were under way when their run died
  std::size_t given_up = 0;     ///< those of them that it was once too often for: failed now, with Reason::crashed
};

/// A row is given up after this number of runs that died while it was computed.
inline constexpr std::uint32_t most_crashes = 3;

/// Counts a crash for every row that a dead run left as started, and gives up those that reached `most_crashes`; the others are
/// pending again. Serial; the caller owns the file. May be killed and called again: each crash is counted once.
Crashes count_crashes(const std::filesystem::path& path);

/// Adds a row to /runs and returns its number (when the reserve is full, the last row is used again). Serial, rank 0.
int begin_run(const std::filesystem::path& path, const RunInfo& run);
/// How a run ended.
struct RunEnd {
  double end = 0;     ///< seconds since 1970
  double active = 0;  ///< seconds in which it computed
  int exit_code = 0;
};
void end_run(const std::filesystem::path& path, int run, const RunEnd& how);

/// How often a row was started before.
struct RowHistory {
  core::RowRef ref;
  std::uint32_t attempts = 0, crashes = 0;
};

/// Those of the rows that have not ended and were started.
std::vector<RowHistory> interrupted_rows(const Progress& progress);

/// Which ranks read and write the results file during a run.
enum class WrittenBy {
  ranks,        ///< each rank its own rows, by MPI-IO
  hosts,        ///< one rank per host: the others of the host send it their rows and ask it for models
  coordinator,  ///< only rank 0: the others send it their rows and ask it for models
};

/// The name of the file system that holds the folder of `path`, where a host does not see at once what another one writes
/// ("NFS"); empty for all others.
std::string incoherent_file_system(const std::filesystem::path& path);

/// A results file that all ranks of `world` have open, each for its own rows, independently of the others. Opening and closing
/// are collective; a rank calls it from one thread at a time.
class ResultsFile {
 public:
  ResultsFile(const std::filesystem::path& path, MPI_Comm world, int run, const core::Plan& plan, const Layout& layout,
              WrittenBy by = WrittenBy::ranks);
  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  /// From now on rows are started and written without being read before: of those that have not ended, `started` have been
  /// started and all others have not.
  void take_history(const std::vector<RowHistory>& started);
  /// Payload first, then the row with its CRC.
  void write(std::size_t row, const core::AnyResult& result);
  /// Marks a row as started, by which a later run finds what took its process down. Its payload counts as gone.
  void start(core::RowRef ref);
  /// A started row that was stopped cleanly is pending again; it does not count as a crash.
  void release(core::RowRef ref);
  /// A row that has not ended, or whose CRC does not match, comes back as failed, with the reason as its message.
  core::AnyResult read(core::RowRef ref);
  /// Keeps the state of a started training in the model's slot, if it has one, and takes that as a sign of progress: crashes are
  /// counted again. The state begins with its number of epochs (64 bits), which summarise() reads. Throws std::logic_error when
  /// the state is larger than the slot.
  void write_checkpoint(std::size_t row, std::span<const std::byte> state);
  /// What write_checkpoint() kept last; empty when there is nothing, or its checksum does not match.
  std::vector<std::byte> read_checkpoint(std::size_t row);
  bool keeps_checkpoint(std::size_t row) const;
  /// Collective.
  void close();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// SHA-256 over the results sorted by cell id; timing, rank and host columns left out. Throws core::UserError for a foreign file.
std::string digest(const std::filesystem::path& path);

/// The grid text and the numbers that `status` shows.
struct RowCounts {
  std::size_t all = 0, done = 0, failed = 0, running = 0, not_needed = 0;
  std::size_t to_do() const { return all - done - failed - running - not_needed; }
};
struct Summary : core::PerTable<RowCounts> {
  std::string name;
  std::size_t done_in_last_run = 0;  ///< cells done whose `run` column names the last row of /runs
  std::uint64_t kept_epochs = 0;     ///< of trainings that are not done: the next run continues after them
  double seconds_done = 0;           ///< sum of the cells' seconds
  std::vector<RunInfo> runs;
};
Summary summarise(const std::filesystem::path& path);

}  // namespace espalier::record
