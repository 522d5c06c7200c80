// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "strength/attacks.hpp"

/// FAB and Square in float64.
namespace strength {

/// The change along -sign(w) min(t speed, room) with w . d = gain, by bisection of t; speed is 1 (linf) or |w| (l2).
inline Eigen::VectorXd onto_boundary(const Eigen::VectorXd& x, const Eigen::VectorXd& w, double gain, bool l2) {
  const Eigen::ArrayXd toward = (gain < 0 ? -w : w).array();
  const Eigen::ArrayXd room = (toward > 0).select(1 - x.array(), x.array()) * (toward != 0).cast<double>();
  const Eigen::ArrayXd speed = l2 ? toward.abs().eval() : Eigen::ArrayXd::Ones(x.size()).eval();
  const auto lengths = [&](double t) { return (t * speed).min(room).eval(); };
  double low = 0, high = 1;
  while ((toward.abs() * lengths(high)).sum() < std::abs(gain) && high < 1e12) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double t = (low + high) / 2;
    ((toward.abs() * lengths(t)).sum() < std::abs(gain) ? low : high) = t;
  }
  return (toward.sign() * lengths(high)).matrix();
}

/// FAB with targets [Croce & Hein 2020] as AutoAttack runs it: 9 classes, no random start; changes longer than eps are not sent.
inline Matrix fab(const Network& network, const Matrix& X0, const Labels& y, double eps, bool l2, int steps) {
  std::mt19937_64 unused;
  const auto length = [&](const Eigen::VectorXd& d) { return l2 ? d.norm() : d.lpNorm<Eigen::Infinity>(); };
  const Matrix Z0 = forward(network, X0, unused).above.back();
  Matrix best = X0;
  Eigen::VectorXd shortest = Eigen::VectorXd::Constant(X0.cols(), eps);
  for (int rank = 1; rank <= 9; ++rank) {
    Labels target;
    for (Eigen::Index b = 0; b < X0.cols(); ++b) {
      std::vector<std::uint8_t> order(static_cast<std::size_t>(Z0.rows()));
      for (std::size_t c = 0; c < order.size(); ++c) order[c] = static_cast<std::uint8_t>(c);
      std::erase(order, y[static_cast<std::size_t>(b)]);
      std::ranges::sort(order, [&](auto i, auto j) { return Z0(i, b) > Z0(j, b); });
      target.push_back(order[static_cast<std::size_t>(rank - 1)]);
    }
    Matrix X = X0;
    for (int s = 0; s < steps; ++s) {
      const Pass pass = forward(network, X, unused);
      const Matrix& Z = pass.above.back();
      Matrix dZ = Matrix::Zero(Z.rows(), Z.cols());
      for (Eigen::Index b = 0; b < Z.cols(); ++b)
        dZ(target[static_cast<std::size_t>(b)], b) += 1, dZ(y[static_cast<std::size_t>(b)], b) -= 1;
      const Matrix W = backward(network, X, pass, dZ);
      for (Eigen::Index b = 0; b < X.cols(); ++b) {
        const auto i = static_cast<std::size_t>(b);
        const double margin = Z(target[i], b) - Z(y[i], b);
        const Eigen::VectorXd w = W.col(b), x = X.col(b), x0 = X0.col(b);
        const Eigen::VectorXd d1 = onto_boundary(x, w, -margin, l2), d2 = onto_boundary(x0, w, w.dot(x - x0) - margin, l2);
        const double a1 = std::max(length(d1), 1e-8), a2 = std::max(length(d2), 1e-8), alpha = std::min(a1 / (a1 + a2), 0.1);
        X.col(b) = ((1 - alpha) * (x + 1.05 * d1) + alpha * (x0 + 1.05 * d2)).cwiseMax(0).cwiseMin(1);
      }
      const Labels says = predict(forward(network, X, unused).above.back());
      for (Eigen::Index b = 0; b < X.cols(); ++b) {
        if (says[static_cast<std::size_t>(b)] == y[static_cast<std::size_t>(b)]) continue;
        const Eigen::VectorXd d = X.col(b) - X0.col(b);
        if (length(d) <= shortest[b]) {
          shortest[b] = length(d);
          best.col(b) = X.col(b);
        }
        X.col(b) = X0.col(b) + 0.9 * d;
      }
    }
  }
  return best;
}

/// Square, linf [Andriushchenko et al. 2020], on square images.
inline Matrix square(const Network& network, const Matrix& X0, const Labels& y, double eps, int queries, std::uint64_t seed) {
  std::mt19937_64 random(seed), unused;
  const auto sign = [&] { return random() % 2 == 0 ? 1.0 : -1.0; };
  const auto side_of_image = static_cast<Eigen::Index>(std::lround(std::sqrt(static_cast<double>(X0.rows()))));
  const Climb ball{.eps = eps};
  Matrix best = X0;
  for (Eigen::Index b = 0; b < X0.cols(); ++b)
    for (Eigen::Index c = 0; c < side_of_image; ++c) {
      const double change = eps * sign();
      for (Eigen::Index r = 0; r < side_of_image; ++r) best(r * side_of_image + c, b) += change;
    }
  best = projected(ball, X0, best);
  Eigen::VectorXd value = margin(forward(network, best, unused).above.back(), y).value;
  for (int query = 0; query < queries; ++query) {
    double share = 0.8;
    for (const int change : {10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000}) share /= query > change ? 2 : 1;
    const auto side = std::max<Eigen::Index>(std::lround(std::sqrt(share * static_cast<double>(X0.rows()))), 1);
    const auto corner = [&] { return static_cast<Eigen::Index>(random() % static_cast<std::uint64_t>(side_of_image - side)); };
    Matrix X = best;
    for (Eigen::Index b = 0; b < X.cols(); ++b) {
      const Eigen::Index top = corner(), left = corner();
      const double change = 2 * eps * sign();
      for (Eigen::Index r = top; r < top + side; ++r)
        for (Eigen::Index c = left; c < left + side; ++c) X(r * side_of_image + c, b) += change;
    }
    X = projected(ball, X0, X);
    const Eigen::VectorXd now = margin(forward(network, X, unused).above.back(), y).value;
    for (Eigen::Index b = 0; b < X.cols(); ++b)
      if (value[b] <= 0 && now[b] > value[b]) {
        value[b] = now[b];
        best.col(b) = X.col(b);
      }
  }
  return best;
}

}  // namespace strength
