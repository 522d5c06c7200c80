#include "app/agree.hpp"

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <string>

#include "espalier/core/error.hpp"

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
  throw core::Error(static_cast<core::ExitCode>(code), text);
}

}  // namespace espalier::app
