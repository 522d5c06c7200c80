// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

namespace espalier::farm {

/// How long jobs take against what was predicted, from the jobs that ended, for each kind of job.
class Pace {
 public:
  void learn(std::size_t kind, double predicted, double seconds) {
    if (kind >= kinds_.size()) kinds_.resize(kind + 1);
    kinds_[kind].predicted += predicted;
    kinds_[kind].seconds += seconds;
  }
  /// Seconds that a job of `kind` will take; the prediction itself before one of the kind has ended.
  double expected(std::size_t kind, double predicted) const {
    if (kind >= kinds_.size() || kinds_[kind].predicted <= 0) return predicted;
    return predicted * kinds_[kind].seconds / kinds_[kind].predicted;
  }

 private:
  struct Sums {
    double predicted = 0, seconds = 0;
  };
  std::vector<Sums> kinds_;
};

}  // namespace espalier::farm
