// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

namespace espalier::robust {

/// Steps after which APGD looks back. Standard: first interval max(int(.22 n), 1), each next one shorter by max(int(.03 n), 1)
/// down to max(int(.06 n), 1) [Croce & Hein 2020]. `rounded_up`: ceil(w_j n) with w = 0, .22, then gaps shorter by .03 down
/// to .06, as the Adversarial Robustness Toolbox has it.
std::vector<int> checkpoints(int steps, bool rounded_up);

/// The step lengths of APGD, one per image. At a checkpoint a step is halved when the loss increased in at most `rho` of
/// the steps since the last one (in less than `rho` when `strict`), or when the step was not halved there and the best loss
/// has not changed since. The increase at the very first step is counted against the loss of the start (the published code
/// compares it with 0); the first one after a halving against the loss before going back to the best point.
class StepControl {
 public:
  StepControl(std::vector<int> checkpoints, double rho, bool strict, float length, std::span<const float> start_loss);

  std::span<const float> length() const { return length_; }
  std::span<const float> best() const { return best_; }

  /// Takes the losses after step `step` (from 1); returns the images whose loss is the best so far.
  std::vector<std::size_t> improved(std::span<const float> loss);
  /// Call after improved(): at a checkpoint, the images whose step was halved, which continue from their best point.
  std::vector<std::size_t> halved(int step);

 private:
  bool has_stalled(std::size_t image, int since) const;

  std::vector<int> checkpoints_;
  double rho_;
  bool strict_;
  std::size_t next_ = 0;  ///< checkpoint to come
  int last_ = 0;          ///< step of the last checkpoint
  std::vector<float> length_, loss_, best_, best_at_checkpoint_;
  std::vector<int> rises_;
  std::vector<char> was_halved_;
};

}  // namespace espalier::robust
