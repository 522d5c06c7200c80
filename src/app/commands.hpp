// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/mpi/communicator.hpp>
#include <functional>

#include "app/options.hpp"
#include "espalier/core/error.hpp"
#include "espalier/run/run_job.hpp"

/// One function per command of the program; each prints its answer and returns the exit code.
namespace espalier::app {

core::ExitCode plan_command(const Options& options);
core::ExitCode status_command(const Options& options);
core::ExitCode digest_command(const Options& options);
core::ExitCode verify_command(const Options& options);
core::ExitCode merge_command(const Options& options);
core::ExitCode export_command(const Options& options);
core::ExitCode note_command(const Options& options);
core::ExitCode inputs_command(const Options& options);
core::ExitCode kinds_command(const Options& options);
core::ExitCode schema_command();
core::ExitCode new_command(const Options& options);

/// Prints what a reader of the file should know: another program changed it, or a run is active.
void warn_about(const std::string& file);

/// What stands between the jobs and the results file: tests put faults there. Empty in the program that users have.
using StoreFilter = std::function<run::Store(const core::Plan& plan, run::Store store)>;

/// Collective over `world`; the same exit code on every rank.
core::ExitCode run_command(const Options& options, const boost::mpi::communicator& world, const StoreFilter& filter = {});

/// `run` with --recompute: finished cells are computed again. Collective, as run_command.
core::ExitCode recompute_command(const Options& options, const boost::mpi::communicator& world);

}  // namespace espalier::app
