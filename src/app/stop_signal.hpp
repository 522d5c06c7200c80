#pragma once

#include <atomic>

namespace espalier::app {

/// Makes SIGUSR1, SIGTERM and SIGINT set the returned flag, and do nothing else: finished rows are safe already, and the run
/// ends by itself as soon as it sees the flag.
const std::atomic<bool>& stop_on_signals();

}  // namespace espalier::app
