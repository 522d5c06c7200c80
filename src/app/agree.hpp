// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/mpi/communicator.hpp>
#include <functional>
#include <string>

#include "espalier/core/error.hpp"

namespace espalier::app {

/// An error that all ranks throw together. Only the rank that throws any other error knows it; the others would wait for it.
struct AgreedError : core::Error {
  using core::Error::Error;
};

/// Runs `work` on every rank; when it throws a core::Error on some, every rank throws that of the lowest such rank as an
/// AgreedError, so that all leave together and one message is printed. Collective.
void agree(const boost::mpi::communicator& world, const std::function<void()>& work);

/// Throws an AgreedError where `mine` is not that of rank 0: the hosts see different files or programs. `what`: as the user is
/// told, such as "reads other data". Collective.
void check_same(const boost::mpi::communicator& world, const std::string& mine, const char* what);

}  // namespace espalier::app
