// SPDX-License-Identifier: BSD-3-Clause
#include "app/provenance.hpp"

#include <fmt/core.h>
#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "espalier/net/instruction_set.hpp"
#include "espalier_build.hpp"

namespace espalier::app {

std::string version_text() {
  char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(mpi, &length);
  const std::string library(mpi, static_cast<std::size_t>(length));
  return fmt::format("espalier {} ({})\n{}; kernels run with {}\nEigen {}, HDF5 {}, Boost {}, {}", build::version,
                     build::revision, build::flags, net::instruction_set(), build::eigen, build::hdf5, build::boost,
                     library.substr(0, library.find(',')));
}

std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

record::RunInfo this_run(const std::string& hosts, int ranks, const std::string& datasets) {
  record::RunInfo run;
  run.start = now();
  run.hosts = hosts;
  run.ranks = ranks;
  if (const char* job = std::getenv("SLURM_JOB_ID")) run.slurm_job = job;
  run.version = build::version;
  run.revision = build::revision;
  run.flags = build::flags;
  run.instruction_set = net::instruction_set();
  run.datasets = datasets;
  return run;
}

}  // namespace espalier::app
