// SPDX-License-Identifier: BSD-3-Clause
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <algorithm>
#include <boost/mpi/collectives/all_reduce.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/operations.hpp>

// Every rank runs the same cases; the exit code is the largest of all ranks'. Only rank 0 reports what went well.
int main(int argc, char** argv) {
  const boost::mpi::environment environment(argc, argv, boost::mpi::threading::multiple);
  const boost::mpi::communicator world;
  doctest::Context context(argc, argv);
  if (world.rank() != 0) context.setOption("minimal", true);
  return boost::mpi::all_reduce(world, context.run(), boost::mpi::maximum<int>());
}
