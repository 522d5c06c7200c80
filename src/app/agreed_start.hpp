// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/mpi/communicator.hpp>
#include <string>
#include <vector>

#include "app/experiment.hpp"
#include "app/options.hpp"
#include "espalier/record/results_file.hpp"

namespace espalier::app {

/// What all ranks agree on before a run begins.
struct AgreedStart {
  Experiment experiment;
  std::vector<std::string> hosts;
  record::RunInfo run;
};

/// Reads grid and data, and compares plan, content of the data and build between the ranks. Collective over `world`; every rank
/// throws core::UserError where they differ.
AgreedStart agreed_start(const Options& options, const boost::mpi::communicator& world);

/// Who writes the results file; the same on all ranks, and rank 0 prints a remark. Collective over `world`.
record::WrittenBy agreed_writer(const Options& options, const boost::mpi::communicator& world, std::size_t hosts);

}  // namespace espalier::app
