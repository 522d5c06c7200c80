// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <xmmintrin.h>

namespace espalier::net {

/// While it lives, results and operands below the smallest normal float count as zero: arithmetic with them is many times slower.
class FlushDenormals {
 public:
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | flush_to_zero | denormals_are_zero); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
  unsigned saved_;
};

}  // namespace espalier::net
