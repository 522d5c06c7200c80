// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "machine.hpp"

namespace espalier::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// What a piece of work costs at least.
struct Work {
  double multiply_adds = 0;
  double l2_bytes = 0;  ///< rows of activations that links read
};

template <typename Run>
double seconds_of(const Run& run, int times) {
  const double start = thread_seconds();
  for (int i = 0; i < times; ++i) run();
  return (thread_seconds() - start) / times;
}

/// Runs `ours` and `eigen` in turn, once per iteration of the benchmark (`times` of ours for one of Eigen's), and `plain`, where
/// given, in the same round. Reports the median over the rounds: GMAC/s, share of the bounds by arithmetic and by L2 reads, and
/// the time of the others over ours.
template <typename Ours, typename Eigens>
void paired(benchmark::State& state, const Work& work, int times, const Ours& ours, const Eigens& eigen,
            const std::function<void()>& plain = {}) {
  std::vector<double> seconds, ratio, plain_ratio;
  ours();
  eigen();
  for (auto _ : state) {
    const double own = seconds_of(ours, times);
    ratio.push_back(seconds_of(eigen, 1) / own);
    if (plain) plain_ratio.push_back(seconds_of(plain, 1) / own);
    seconds.push_back(own);
    state.SetIterationTime(own);
  }
  const double typical = median(seconds);
  state.counters["GMAC/s"] = work.multiply_adds / typical * 1e-9;
  state.counters["of_FMA_%"] = 100 * work.multiply_adds / machine().fma / typical;
  if (work.l2_bytes > 0) state.counters["of_L2_%"] = 100 * work.l2_bytes / machine().l2 / typical;
  state.counters["x_Eigen"] = median(ratio);
  if (plain) state.counters["x_plain"] = median(plain_ratio);
}

/// At least this many interleaved rounds make a median.
inline constexpr int rounds = 7;

inline benchmark::internal::Benchmark* in_rounds(benchmark::internal::Benchmark* b) {
  return b->Iterations(rounds)->UseManualTime()->Unit(benchmark::kMicrosecond);
}

}  // namespace espalier::bench
