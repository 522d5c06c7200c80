// SPDX-License-Identifier: BSD-3-Clause
#include <benchmark/benchmark.h>

#include <cstdio>

#include "machine.hpp"

// Measures the machine's limits first, so that every result can be printed as a share of them. One thread throughout.
int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto& m = espalier::bench::machine();
  std::fprintf(stderr, "%s: %.1f GMAC/s; reads L1 %.0f, L2 %.0f, L3 %.0f GB/s\n", m.instruction_set.c_str(), m.fma * 1e-9,
               m.l1 * 1e-9, m.l2 * 1e-9, m.l3 * 1e-9);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
