#pragma once

#include <atomic>

namespace espalier::app {

/// A request from outside that this process stops.
struct StopRequest {
  std::atomic<bool> asked{false};   ///< finish the current rows, start no others
  std::atomic<bool> urgent{false};  ///< release the current rows: the process is killed about a second later
};

/// Makes signals set the returned flags and do nothing else: SIGUSR1 asks, SIGTERM, SIGINT, SIGQUIT and SIGHUP ask urgently. A
/// SIGHUP that was ignored at the start (nohup) stays ignored. SIGPIPE is ignored: a closed terminal ends no run.
/// Finished rows are safe at any moment, and the run ends by itself when it sees the flags.
StopRequest& stop_on_signals();

/// Whether the MPI launcher that started this process has ended (killed, or its terminal closed): MPI ends this process about a
/// second later. Always false for a process that no launcher started: its shell may end. Call it first at the start.
bool launcher_has_ended();

}  // namespace espalier::app
