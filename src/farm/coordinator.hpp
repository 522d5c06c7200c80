// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <vector>

#include "espalier/farm/farm.hpp"
#include "farm/pace.hpp"
#include "farm/wire.hpp"

namespace espalier::farm {

/// Hands out the jobs; runs on a thread of rank 0.
class Coordinator {
 public:
  Coordinator(const boost::mpi::communicator& comm, const std::vector<Task>& tasks, const Work& work);

  /// Until every rank has said goodbye.
  void run();

 private:
  bool receive();
  void handle(std::size_t rank, const Message& message);
  void hand_out();
  double clock() const;
  double seconds() const;
  bool fits(const Task& task) const;
  bool out_of_time() const;
  void learn(std::size_t rank, std::size_t job);
  bool too_many_failed() const;
  bool may_take(const std::vector<std::size_t>& held) const;
  void tell_all(const Message& message);
  void observe();

  const boost::mpi::communicator& comm_;
  const Work& work_;
  JobQueue queue_;
  Outbox outbox_;
  std::vector<std::vector<std::size_t>> held_;  ///< per rank: the job it runs, and the one that it has in advance
  std::vector<double> busy_since_;              ///< per rank: when it began the job that it runs, by the farm's clock
  Pace pace_;
  double began_;  ///< by clock()
  std::vector<std::size_t> ended_;  ///< jobs, in the order in which they ended
  std::size_t failed_ = 0;
  int goodbyes_ = 0;
  bool stop_ = false;    ///< asked to stop early
  bool ending_ = false;  ///< stop was sent to all
  std::chrono::steady_clock::time_point next_report_;
};

}  // namespace espalier::farm
