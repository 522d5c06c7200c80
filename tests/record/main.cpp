// SPDX-License-Identifier: BSD-3-Clause
// Only rank 0 runs the tests, but for those of the suite "all ranks"; the exit code is the largest of all ranks.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <mpi.h>

#include <iostream>
#include <sstream>

#include "support.hpp"

int main(int argc, char** argv) {
  int granted = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &granted);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  doctest::Context context(argc, argv);
  std::ostringstream quiet;
  if (rank != 0) {
    context.setCout(&quiet);
    context.addFilter("test-suite", "all ranks");
  }
  const int mine = context.run();
  if (rank != 0 && mine != 0) std::cerr << "rank " << rank << ":\n" << quiet.str();
  int worst = mine;
  MPI_Request request;
  MPI_Iallreduce(&mine, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &request);
  espalier::record::test::wait_gently(request);
  MPI_Finalize();
  return worst;
}
