// SPDX-License-Identifier: BSD-3-Clause
#include "app/stop_signal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <initializer_list>

namespace espalier::app {
namespace {

// A signal handler can reach nothing but a global.
StopRequest request;
bool ignores_hangup = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void request_stop(int signal) {
  request.asked = true;
  if (signal != SIGUSR1) request.urgent = true;
}

void note_inherited_signals(int, char**, char**) {
  struct sigaction current = {};
  ignores_hangup = sigaction(SIGHUP, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

// Runs before the constructors of the shared libraries: some MPI transports (PSM) replace an ignored SIGHUP there.
__attribute__((section(".preinit_array"), used)) void (*const before_libraries)(int, char**, char**) = note_inherited_signals;

}  // namespace

StopRequest& stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGUSR1, SIGTERM, SIGINT, SIGQUIT}) sigaction(signal, &action, nullptr);
  if (ignores_hangup)
    std::signal(SIGHUP, SIG_IGN);
  else
    sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return request;
}

bool launcher_has_ended() {
  static const bool launched = std::ranges::any_of(std::array{"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"},
                                                   [](const char* name) { return std::getenv(name) != nullptr; });
  static const pid_t launcher = getppid();
  return launched && getppid() != launcher;
}

}  // namespace espalier::app
