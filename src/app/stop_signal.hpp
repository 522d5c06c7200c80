#pragma once

#include <atomic>

namespace espalier::app {

/// What the outside asked of this process.
struct StopRequest {
  std::atomic<bool> asked{false};   ///< finish what is at hand, start nothing more (SIGUSR1, SIGTERM, SIGINT)
  std::atomic<bool> urgent{false};  ///< drop what is at hand: the process is killed about a second later (SIGTERM, SIGINT)
};

/// Makes SIGUSR1, SIGTERM and SIGINT set the returned flags, and do nothing else: finished rows are safe already, and the run
/// ends by itself as soon as it sees them.
const StopRequest& stop_on_signals();

}  // namespace espalier::app
