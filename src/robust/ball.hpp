// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/robust/perturbation.hpp"

namespace espalier::robust {

enum class Norm { linf, l2 };

/// All changes of length at most eps in the norm.
struct Ball {
  Norm norm = Norm::linf;
  double eps = 0;
};

/// The inputs an attack may send: those of [0, 1]^D in the ball around each clean image.
class Domain {
 public:
  Domain(Ball ball, net::Matrix clean);

  const Ball& ball() const { return ball_; }
  const net::Matrix& clean() const { return clean_; }

  /// Linf: the nearest point of the domain. L2: radially onto the ball, then clipped to [0, 1], which stays in the ball.
  void project(net::Matrix& X) const;

 private:
  Ball ball_;
  net::Matrix clean_;
  net::Matrix low_, high_;  ///< of the pixels under linf, rounded inwards so that no change is longer than eps
};

/// X += length_b * sign(G) (linf; sign(0) = 0) or length_b * G / |G|_2 (l2; no step where G is 0), image by image.
void step_along(Norm norm, const net::Matrix& G, std::span<const float> length, net::Matrix& X);

/// Starts keyed by (seed, restart, image): uniform in the ball around the clean images, projected.
net::Matrix uniform_start(const Domain& domain, std::span<const std::uint64_t> images, std::uint64_t restart, const Seeds& seeds);

/// The start of APGD [Croce & Hein 2020]: the same directions, scaled onto the ball's surface, projected.
net::Matrix surface_start(const Domain& domain, std::span<const std::uint64_t> images, std::uint64_t restart, const Seeds& seeds);

/// Euclidean, L1 or largest absolute value of each column, in double, rows in order: the same bits for every batch.
std::vector<double> l2_norms(const net::Matrix& G);
std::vector<double> l1_norms(const net::Matrix& G);
std::vector<double> linf_norms(const net::Matrix& G);
std::vector<double> norms(Norm norm, const net::Matrix& G);  ///< Euclidean or largest absolute value

/// Replaces images whose change is longer than `longest` by their clean ones.
void drop_long(Norm norm, const net::Matrix& clean, double longest, net::Matrix& X);

/// Multiplies each column by its factor.
void scale(net::Matrix& X, std::span<const float> factor);

}  // namespace espalier::robust
