// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace espalier::bench {

/// Seconds that the calling thread has computed: what other programs on the core take does not count.
double thread_seconds();

/// Limits of this machine, of one thread with the widest vectors it has, measured.
struct Machine {
  std::string instruction_set;
  double fma = 0;                 ///< multiply-adds of floats per second
  double l1 = 0, l2 = 0, l3 = 0;  ///< bytes read per second out of 24 KiB, 512 KiB and 16 MiB
};

/// Measured once per process, at the first call: the best of several short rounds.
const Machine& machine();

}  // namespace espalier::bench
