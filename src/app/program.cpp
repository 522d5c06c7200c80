// SPDX-License-Identifier: BSD-3-Clause
#include "app/program.hpp"

#include <fmt/core.h>
#include <malloc.h>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "app/agree.hpp"
#include "app/console.hpp"
#include "app/python_command.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {
namespace {

using core::ExitCode;

constexpr const char* report_it = "nothing was changed; please report this error";

ExitCode serial_command(const Options& options) {
  if (options.command == "plan") return plan_command(options);
  if (options.command == "status") return status_command(options);
  if (options.command == "digest") return digest_command(options);
  if (options.command == "verify") return verify_command(options);
  if (options.command == "merge") return merge_command(options);
  if (options.command == "export") return export_command(options);
  if (options.command == "note") return note_command(options);
  if (options.command == "inputs") return inputs_command(options);
  if (is_python_command(options.command)) python_command(options);
  if (options.command == "schema") return schema_command();
  if (options.command == "new") return new_command(options);
  return kinds_command(options);
}

/// The rank that an MPI launcher assigned to `espalier run`, before MPI is up: a mistake in the arguments is printed once, not by
/// every rank. A rank without a number of ranks is a variable that was inherited from elsewhere.
int launched_rank(int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]) != "run") return 0;
  using Names = std::pair<const char*, const char*>;
  for (const auto& [rank, size] : {Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                   {"PMI_RANK", "PMI_SIZE"},
                                   {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}})
    if (const char* number = std::getenv(rank), *ranks = std::getenv(size);
        number != nullptr && ranks != nullptr && std::atoi(ranks) > 1)
      return std::atoi(number);
  return 0;
}

/// Prints what went wrong, once: by rank 0 where ranks agree on the error. `advice`: what to do after an internal error.
template <typename Command>
ExitCode guarded(int rank, const char* advice, const Command& command) {
  try {
    return command();
  } catch (const core::Error& error) {
    if (rank == 0) print_to(stderr, "{}\n", error.what());
    return error.code();
  } catch (const std::exception& error) {
    print_to(stderr, "espalier: rank {}: internal error: {}; {}\n", rank, error.what(), advice);
    return ExitCode::broken;
  }
}

/// An answer that did not reach standard output (a full disk) is a failure.
ExitCode complete(ExitCode code) {
  if (flush_standard_output()) return code;
  throw core::Error(ExitCode::broken, fmt::format("espalier: standard output cannot be written ({})", std::strerror(errno)));
}

/// Settings of Open MPI's file access; a value that the user has set takes precedence.
void set_file_access(const std::string& file) {
  // Open MPI formats the path of a shared file pointer, which espalier does not use, into 256 bytes and aborts where it is
  // longer (sharedfp/lockedfile, up to 5.0 at least).
  setenv("OMPI_MCA_sharedfp", "^lockedfile,individual", 0);
  // On NFS Open MPI locks the whole file for each access by default and waits forever for record::Lock. 3: only the bytes of
  // the access, which makes hosts see each other's writes; 1: none, since ranks write different rows.
  setenv("OMPI_MCA_fs_ufs_lock_algorithm", record::incoherent_file_system(file).empty() ? "1" : "3", 0);
}

ExitCode parallel_run(const Options& options, const StoreFilter& filter) {
  namespace mpi = boost::mpi;
  set_file_access(options.file);
  // Outside of every try block: the environment aborts the job when an exception unwinds through it.
  mpi::environment environment(mpi::threading::multiple);
  mpi::communicator world;
  bool alone = false;
  const ExitCode code = guarded(world.rank(), "run the same command again to resume", [&] {
    try {
      return run_command(options, world, filter);
    } catch (const AgreedError&) {
      throw;
    } catch (const core::Error& error) {
      alone = true;
      if (world.rank() != 0) print_to(stderr, "espalier: rank {}: {}\n", world.rank(), error.what());
      throw;
    }
  });
  // An abort kills all ranks: where they agree on the error, rank 0 has to print it before.
  if (!alone && code == ExitCode::broken && world.rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  if ((alone || code == ExitCode::broken) && world.size() > 1) environment.abort(static_cast<int>(code));
  return code;
}

/// Passes allocate the same matrices again and again: glibc would return their pages to the system each time, and clearing them
/// again took up to a tenth of a run.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

}  // namespace

int program(int argc, const char* const* argv, const StoreFilter& filter) {
  open_standard_streams();
  keep_freed_memory();
  std::string answer;
  std::optional<Options> options;
  const int rank = launched_rank(argc, argv);
  const ExitCode parsed = guarded(rank, report_it, [&] {
    options = parse(argc, argv, answer);
    return ExitCode::done;
  });
  // The launcher kills all ranks when the first one ends: rank 0 has to print before.
  if (parsed != ExitCode::done && rank > 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  if (!options) {
    print_to(stdout, "{}", answer);
    return parsed == ExitCode::done ? static_cast<int>(guarded(0, report_it, [&] { return complete(parsed); }))
                                    : static_cast<int>(parsed);
  }
  if (options->command == "run") return static_cast<int>(parallel_run(*options, filter));
  return static_cast<int>(guarded(0, report_it, [&] { return complete(serial_command(*options)); }));
}

}  // namespace espalier::app
