// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "strength/network.hpp"

/// FGSM, BIM, PGD, MIM and DeepFool in float64.
namespace strength {

struct Climb {
  double eps = 0;
  bool l2 = false;
  int steps = 1;
  double step = 0;
  double decay = 0;
  bool random_start = false;
  int draws = 1;  ///< of the noise, per gradient at the mean logits
};

inline Matrix projected(const Climb& how, const Matrix& X0, const Matrix& X) {
  Matrix D = X - X0;
  if (how.l2)
    for (Eigen::Index b = 0; b < D.cols(); ++b) D.col(b) *= std::min(1.0, how.eps / std::max(D.col(b).norm(), 1e-300));
  else
    D = D.cwiseMax(-how.eps).cwiseMin(how.eps);
  return (X0 + D).cwiseMax(0).cwiseMin(1);
}

inline Matrix gradient(const Network& network, const Matrix& X, const Labels& y, const Loss& loss, int draws,
                       std::mt19937_64& random) {
  if (network.sd == 0) {
    const Pass pass = forward(network, X, random);
    return backward(network, X, pass, loss(pass.above.back(), y).dZ);
  }
  const auto before = random;
  Matrix mean = Matrix::Zero(network.b.back().size(), X.cols()), G = Matrix::Zero(X.rows(), X.cols());
  for (int k = 0; k < draws; ++k) mean += forward(network, X, random).above.back() / draws;
  const Matrix dZ = loss(mean, y).dZ;
  random = before;
  for (int k = 0; k < draws; ++k) G += backward(network, X, forward(network, X, random), dZ) / draws;
  return G;
}

/// FGSM, BIM, PGD [Madry et al. 2018], MIM [Dong et al. 2018].
inline Matrix climb(const Network& network, const Matrix& X0, const Labels& y, const Loss& loss, const Climb& how,
                    std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-how.eps, how.eps);
  Matrix X = X0, M = Matrix::Zero(X0.rows(), X0.cols());
  if (how.random_start) X = projected(how, X0, X0.unaryExpr([&](double x) { return x + uniform(random); }));
  for (int s = 0; s < how.steps; ++s) {
    Matrix G = gradient(network, X, y, loss, how.draws, random);
    if (how.decay > 0) {
      for (Eigen::Index b = 0; b < G.cols(); ++b) G.col(b) /= std::max(G.col(b).lpNorm<1>(), 1e-300);
      M = how.decay * M + G;
      G = M;
    }
    for (Eigen::Index b = 0; b < G.cols(); ++b) {
      if (how.l2)
        X.col(b) += how.step * G.col(b) / std::max(G.col(b).norm(), 1e-300);
      else
        X.col(b) += how.step * G.col(b).cwiseSign();
    }
    X = projected(how, X0, X);
  }
  return X;
}

/// DeepFool with the authors' 1e-4 on top of each distance [Moosavi-Dezfooli et al. 2016]; changes longer than eps are not sent.
inline Matrix deepfool(const Network& network, const Matrix& X0, const Labels& y, double eps) {
  std::mt19937_64 unused;
  Matrix X = X0, total = Matrix::Zero(X0.rows(), X0.cols());
  for (int s = 0; s < 50; ++s) {
    const Pass pass = forward(network, X, unused);
    const Matrix& Z = pass.above.back();
    const Labels says = predict(Z);
    Eigen::VectorXd best = Eigen::VectorXd::Constant(X.cols(), INFINITY);
    Matrix step = Matrix::Zero(X.rows(), X.cols());
    for (Eigen::Index k = 0; k < Z.rows(); ++k) {
      Matrix dZ = Matrix::Zero(Z.rows(), Z.cols());
      for (Eigen::Index b = 0; b < Z.cols(); ++b) dZ(k, b) += 1, dZ(y[static_cast<std::size_t>(b)], b) -= 1;
      const Matrix G = backward(network, X, pass, dZ);
      for (Eigen::Index b = 0; b < Z.cols(); ++b) {
        const auto label = y[static_cast<std::size_t>(b)];
        const double length = G.col(b).norm(), distance = std::abs(Z(k, b) - Z(label, b)) / length;
        if (k == label || says[static_cast<std::size_t>(b)] != label || !(distance < best[b])) continue;
        best[b] = distance;
        step.col(b) = (distance + 1e-4) / length * G.col(b);
      }
    }
    if (!best.array().isFinite().any()) break;
    total += step;
    X = (X0 + 1.02 * total).cwiseMax(0).cwiseMin(1);
  }
  for (Eigen::Index b = 0; b < X.cols(); ++b)
    if ((X - X0).col(b).norm() > eps) X.col(b) = X0.col(b);
  return X;
}

}  // namespace strength
