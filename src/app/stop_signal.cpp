#include "app/stop_signal.hpp"

#include <csignal>

namespace espalier::app {
namespace {

// A signal handler can reach nothing but a global.
StopRequest request;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int signal) {
  request.asked = true;
  if (signal != SIGUSR1) request.urgent = true;
}

}  // namespace

const StopRequest& stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  return request;
}

}  // namespace espalier::app
