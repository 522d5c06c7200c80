#pragma once

#include <boost/mpi/communicator.hpp>

#include "app/options.hpp"
#include "espalier/core/error.hpp"

/// One function per command of the program; each prints its answer and returns the exit code.
namespace espalier::app {

core::ExitCode plan_command(const Options& options);
core::ExitCode status_command(const Options& options);
core::ExitCode digest_command(const Options& options);
core::ExitCode verify_command(const Options& options);
core::ExitCode merge_command(const Options& options);
core::ExitCode export_command(const Options& options);
core::ExitCode kinds_command(const Options& options);

/// Collective over `world`; the same exit code on every rank.
core::ExitCode run_command(const Options& options, const boost::mpi::communicator& world);

}  // namespace espalier::app
