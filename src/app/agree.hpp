#pragma once

#include <boost/mpi/communicator.hpp>
#include <functional>

namespace espalier::app {

/// Runs `work` on every rank; when it throws a core::Error on some, every rank throws that of the lowest such rank, so that all
/// leave together and one message is printed. Collective.
void agree(const boost::mpi::communicator& world, const std::function<void()>& work);

}  // namespace espalier::app
