// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// What the tests with randomly broken input share.

#include <sys/resource.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace espalier::test {

/// Number of inputs: as many as a normal test has time for, or ESPALIER_FUZZ_CASES.
inline std::uint64_t fuzz_cases(std::uint64_t normally) {
  const char* more = std::getenv("ESPALIER_FUZZ_CASES");
  return more != nullptr ? std::stoull(more) : normally;
}

/// Largest resident size of this process so far.
inline long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace espalier::test
