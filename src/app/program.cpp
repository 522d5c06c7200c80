#include "app/program.hpp"

#include <fmt/core.h>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <cstdlib>

#include "app/agree.hpp"

namespace espalier::app {
namespace {

using core::ExitCode;

constexpr const char* report_it = "nothing was changed; please report it";

ExitCode serial_command(const Options& options) {
  if (options.command == "plan") return plan_command(options);
  if (options.command == "status") return status_command(options);
  if (options.command == "digest") return digest_command(options);
  if (options.command == "verify") return verify_command(options);
  if (options.command == "merge") return merge_command(options);
  if (options.command == "export") return export_command(options);
  if (options.command == "inputs") return inputs_command(options);
  return kinds_command(options);
}

/// The rank as the launcher tells it, before MPI is up: a mistake in the arguments is printed once, not by every rank.
int launched_rank() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"})
    if (const char* rank = std::getenv(name)) return std::atoi(rank);
  return 0;
}

/// Prints what went wrong, once: by rank 0 where ranks agree on the error. `advice`: what to do after an internal error.
template <typename Command>
ExitCode guarded(int rank, const char* advice, const Command& command) {
  try {
    return command();
  } catch (const core::Error& error) {
    if (rank == 0) fmt::print(stderr, "{}\n", error.what());
    return error.code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "espalier: rank {}: internal error: {}; {}\n", rank, error.what(), advice);
    return ExitCode::broken;
  }
}

ExitCode parallel_run(const Options& options, const StoreFilter& filter) {
  namespace mpi = boost::mpi;
  // Outside of every try block: the environment aborts the job when an exception unwinds through it.
  mpi::environment environment(mpi::threading::multiple);
  mpi::communicator world;
  bool alone = false;
  const ExitCode code = guarded(world.rank(), "the same command resumes", [&] {
    try {
      return run_command(options, world, filter);
    } catch (const AgreedError&) {
      throw;
    } catch (const core::Error& error) {
      alone = true;
      if (world.rank() != 0) fmt::print(stderr, "espalier: rank {}: {}\n", world.rank(), error.what());
      throw;
    }
  });
  if ((alone || code == ExitCode::broken) && world.size() > 1) environment.abort(static_cast<int>(code));
  return code;
}

}  // namespace

int program(int argc, const char* const* argv, const StoreFilter& filter) {
  std::string answer;
  std::optional<Options> options;
  const ExitCode parsed = guarded(launched_rank(), report_it, [&] {
    options = parse(argc, argv, answer);
    return ExitCode::done;
  });
  if (!options) {
    fmt::print("{}", answer);
    return static_cast<int>(parsed);
  }
  if (options->command == "run") return static_cast<int>(parallel_run(*options, filter));
  return static_cast<int>(guarded(0, report_it, [&] { return serial_command(*options); }));
}

}  // namespace espalier::app
