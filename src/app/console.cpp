// SPDX-License-Identifier: BSD-3-Clause
#include "app/console.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace espalier::app {

// open() returns the lowest free descriptor: the one that was found closed.
void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
}

bool flush_standard_output() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

}  // namespace espalier::app
