// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/mpi/communicator.hpp>
#include <string>
#include <vector>

namespace espalier::app {

/// Where a rank runs.
struct Seat {
  std::string host;
  std::vector<int> cores;  ///< that it may use

  template <typename Archive>
  void serialize(Archive& archive, unsigned) {
    archive& host& cores;
  }
};

/// A remark about each host that has more ranks than cores which they may use, with the remedy.
std::vector<std::string> crowding(const std::vector<Seat>& seats);

/// The remarks, on rank 0. Collective over `world`.
std::vector<std::string> crowded_hosts(const boost::mpi::communicator& world);

}  // namespace espalier::app
