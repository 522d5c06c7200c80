// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <vector>

#include "espalier/farm/farm.hpp"
#include "farm/dispatcher.hpp"
#include "farm/wire.hpp"

namespace espalier::farm {

/// Tells the ranks what the dispatcher decides, and the dispatcher what the ranks answer; runs on a thread of rank 0.
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
  void tell_all(const Message& message);
  void observe();

  const boost::mpi::communicator& comm_;
  const Work& work_;
  Dispatcher dispatcher_;
  Outbox outbox_;
  double began_;         ///< by clock()
  bool ending_ = false;  ///< stop was sent to all
  std::chrono::steady_clock::time_point next_report_;
};

}  // namespace espalier::farm
