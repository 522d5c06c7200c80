// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "espalier/farm/farm.hpp"
#include "farm/wire.hpp"

namespace espalier::farm {

/// Runs the jobs that the coordinator sends, until it says that the farm has ended. On every rank's main thread.
Outcome run_worker(const boost::mpi::communicator& comm, const Work& work);

}  // namespace espalier::farm
