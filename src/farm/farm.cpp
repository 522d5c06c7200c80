// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/farm/farm.hpp"

#include <boost/mpi/environment.hpp>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

#include "farm/coordinator.hpp"
#include "farm/worker.hpp"

namespace espalier::farm {

namespace {

// Runs `body`; what it throws ends all ranks, since the others would wait for this one forever.
template <typename Body>
void or_abort(int rank, Body body) {
  try {
    body();
    return;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "espalier: rank %d: %s; the run ends; resume it with the same command\n", rank, error.what());
  } catch (...) {
    std::fprintf(stderr, "espalier: rank %d: unknown exception; the run ends; resume it with the same command\n", rank);
  }
  std::fflush(nullptr);
  boost::mpi::environment::abort(1);
}

}  // namespace

Outcome run_farm(const boost::mpi::communicator& world, const std::vector<Task>& tasks, const Work& work) {
  if (boost::mpi::environment::thread_level() < boost::mpi::threading::multiple)
    throw std::runtime_error("the farm needs an MPI that grants MPI_THREAD_MULTIPLE");
  const boost::mpi::communicator comm(world, boost::mpi::comm_duplicate);
  // Boost.MPI builds the datatype at its first use, in a map without a lock: build it before there are two threads.
  boost::mpi::get_mpi_datatype<Message>();

  std::jthread coordinator;
  if (comm.rank() == 0) coordinator = std::jthread([&] { or_abort(0, [&] { Coordinator(comm, tasks, work).run(); }); });
  Outcome outcome;
  or_abort(comm.rank(), [&] { outcome = run_worker(comm, work); });
  return outcome;
}

}  // namespace espalier::farm
