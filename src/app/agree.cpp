// SPDX-License-Identifier: BSD-3-Clause
#include "app/agree.hpp"

#include <fmt/core.h>

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <string>

#include "app/provenance.hpp"

namespace espalier::app {

void agree(const boost::mpi::communicator& world, const std::function<void()>& work) {
  namespace mpi = boost::mpi;
  int code = 0;
  std::string text;
  try {
    work();
  } catch (const core::Error& error) {
    code = static_cast<int>(error.code());
    text = error.what();
  }
  const int speaker = mpi::all_reduce(world, code ? world.rank() : world.size(), mpi::minimum<int>());
  if (speaker == world.size()) return;
  mpi::broadcast(world, code, speaker);
  mpi::broadcast(world, text, speaker);
  throw AgreedError(static_cast<core::ExitCode>(code), text);
}

void check_same(const boost::mpi::communicator& world, const std::string& mine, const char* what) {
  std::string first = mine;
  boost::mpi::broadcast(world, first, 0);
  agree(world, [&] {
    if (first != mine)
      throw core::UserError(
          fmt::format("rank {} on {} {} than rank 0: '{}' instead of '{}'; all hosts must see the "
                      "same grid file, data and program",
                      world.rank(), host_name(), what, mine, first));
  });
}

}  // namespace espalier::app
