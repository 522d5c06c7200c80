// SPDX-License-Identifier: BSD-3-Clause
#include "net/simd.hpp"
//
#include "machine.hpp"

#include <algorithm>
#include <ctime>
#include <vector>

#include "net/tile.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include "net/row-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace espalier::net::HWY_NAMESPACE {

/// `rounds` times 12 independent multiply-adds; returns the multiply-adds of floats.
double multiply_add(std::size_t rounds, float* sink) {
  RowOf<12 * step> sums = RowOf<12 * step>::all(0);
  const Vec x = hn::Set(Tag(), 0.999f), y = hn::Set(Tag(), 0.001f);
  for (std::size_t r = 0; r < rounds; ++r)
    for (auto& sum : sums.v) sum = hn::MulAdd(sum, x, y);
  Vec total = sums.v[0];
  for (const auto& sum : sums.v) total = hn::Add(total, sum);
  hn::StoreU(total, Tag(), sink);
  return static_cast<double>(rounds) * 12 * step;
}

/// Reads the rows `rounds` times; returns the bytes.
double read(const TileRow* rows, std::size_t count, std::size_t rounds, float* sink) {
  using Rows = RowOf<2 * lanes>;  // enough independent vectors to hide the latency of Max
  Rows sum = Rows::all(0);
  for (std::size_t r = 0; r < rounds; ++r)
    for (std::size_t i = 0; i < count; i += 2) {
      const Rows row = Rows::load(rows[i].lane.data());
      for (std::size_t n = 0; n < Rows::size; ++n) sum.v[n] = hn::Max(sum.v[n], row.v[n]);
    }
  for (const auto& part : sum.v) hn::StoreU(hn::Max(part, hn::LoadU(Tag(), sink)), Tag(), sink);  // all reads count
  return static_cast<double>(rounds * count * sizeof(TileRow));
}

std::int64_t target() { return HWY_TARGET; }

}  // namespace espalier::net::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace espalier::net {
HWY_EXPORT(multiply_add);
HWY_EXPORT(read);
HWY_EXPORT(target);
}  // namespace espalier::net

namespace espalier::bench {
namespace {

/// The largest rate of nine rounds of `work`, which returns how much it did.
template <typename Work>
double best_rate(const Work& work) {
  double best = 0;
  for (int round = 0; round < 9; ++round) {
    const double start = thread_seconds();
    const double amount = work();
    best = std::max(best, amount / (thread_seconds() - start));
  }
  return best;
}

double read_rate(std::size_t bytes) {
  const net::Tile rows(bytes / sizeof(net::TileRow));
  float sink[16] = {};
  return best_rate([&] {
    using namespace net;
    return HWY_DYNAMIC_DISPATCH(read)(rows.data(), rows.size(), (std::size_t{512} << 20) / bytes, sink);
  });
}

Machine measure() {
  Machine m;
  {
    using namespace net;
    float sink[16];
    m.instruction_set = hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)());
    m.fma = best_rate([&] { return HWY_DYNAMIC_DISPATCH(multiply_add)(5'000'000, sink); });
  }
  m.l1 = read_rate(24 << 10);
  m.l2 = read_rate(512 << 10);
  m.l3 = read_rate(16 << 20);
  return m;
}

}  // namespace

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const Machine& machine() {
  static const Machine measured = measure();
  return measured;
}

}  // namespace espalier::bench
#endif
