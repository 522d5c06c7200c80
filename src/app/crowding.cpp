// SPDX-License-Identifier: BSD-3-Clause
#include "app/crowding.hpp"

#include <fmt/core.h>
#include <sched.h>

#include <boost/mpi/collectives.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <map>
#include <set>

#include "app/provenance.hpp"

namespace espalier::app {
namespace {

/// Empty where the host has more cores than a cpu_set_t holds.
std::vector<int> own_cores() {
  std::vector<int> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  return cores;
}

}  // namespace

std::vector<std::string> crowding(const std::vector<Seat>& seats) {
  struct Host {
    std::size_t ranks = 0;
    std::set<int> cores;
    bool known = true;
  };
  std::map<std::string, Host> hosts;
  for (const Seat& seat : seats) {
    Host& host = hosts[seat.host];
    ++host.ranks;
    host.cores.insert(seat.cores.begin(), seat.cores.end());
    host.known = host.known && !seat.cores.empty();
  }
  std::vector<std::string> remarks;
  for (const auto& [name, host] : hosts)
    if (host.known && host.ranks > host.cores.size())
      remarks.push_back(fmt::format(
          "host {}: {} ranks share {} {}; start at most as many ranks as cores, and use mpirun --bind-to none where it "
          "binds them to fewer cores than the host has",
          name, host.ranks, host.cores.size(), host.cores.size() == 1 ? "core" : "cores"));
  return remarks;
}

std::vector<std::string> crowded_hosts(const boost::mpi::communicator& world) {
  std::vector<Seat> seats;
  boost::mpi::gather(world, Seat{host_name(), own_cores()}, seats, 0);
  return crowding(seats);
}

}  // namespace espalier::app
