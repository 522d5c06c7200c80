#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "espalier/net/reference.hpp"

/// Attacks in float64 from the papers' definitions, on networks of plain matrices. They share no code with the program.
namespace strength {

using Matrix = Eigen::MatrixXd;
using Labels = std::vector<std::uint8_t>;

/// ReLU layers; `sd` is the standard deviation of Gaussian noise behind the first hidden layer.
struct Network {
  std::vector<Matrix> W;
  std::vector<Eigen::VectorXd> b;
  double sd = 0;
};

inline Network convert(const espalier::net::Network& network) {
  Network out;
  for (const auto& layer : espalier::net::reference::convert<double>(network)) {
    out.W.push_back(Matrix(layer.W));
    out.b.push_back(layer.b);
  }
  return out;
}

struct Pass {
  std::vector<Matrix> above;  ///< activations of the layers; the last are the logits
};

/// `random` draws the noise; not read without.
inline Pass forward(const Network& network, const Matrix& X, std::mt19937_64& random) {
  Pass pass;
  std::normal_distribution<double> gauss(0, 1);
  for (std::size_t l = 0; l < network.W.size(); ++l) {
    const Matrix& below = l == 0 ? X : pass.above.back();
    Matrix Y = (network.W[l] * below).colwise() + network.b[l];
    if (l + 1 < network.W.size()) Y = Y.cwiseMax(0);
    if (l == 0 && network.sd > 0) Y = Y.unaryExpr([&](double y) { return y + network.sd * gauss(random); });
    pass.above.push_back(std::move(Y));
  }
  return pass;
}

/// d (sum_b dZ_b . Z_b) / d X. The ReLU of the first layer is read from its input: noise is added behind it.
inline Matrix backward(const Network& network, const Matrix& X, const Pass& pass, const Matrix& dZ) {
  Matrix G = dZ;
  for (std::size_t l = network.W.size(); l-- > 0;) {
    G = network.W[l].transpose() * G;
    if (l == 0) break;
    if (l == 1)
      G = G.cwiseProduct((((network.W[0] * X).colwise() + network.b[0]).array() > 0).cast<double>().matrix());
    else
      G = G.cwiseProduct((pass.above[l - 1].array() > 0).cast<double>().matrix());
  }
  return G;
}

inline Labels predict(const Matrix& Z) {
  Labels out;
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    Eigen::Index top = 0;
    Z.col(b).maxCoeff(&top);
    out.push_back(static_cast<std::uint8_t>(top));
  }
  return out;
}

/// Value and d / dZ of a loss that an attack increases.
struct Slope {
  Eigen::VectorXd value;
  Matrix dZ;
};
using Loss = std::function<Slope(const Matrix& Z, const Labels& y)>;

inline Slope cross_entropy(const Matrix& Z, const Labels& y) {
  Slope out{Eigen::VectorXd(Z.cols()), Matrix::Zero(Z.rows(), Z.cols())};
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto label = y[static_cast<std::size_t>(b)];
    const double top = Z.col(b).maxCoeff();
    const Eigen::ArrayXd e = (Z.col(b).array() - top).exp();
    out.value[b] = std::log(e.sum()) - (Z(label, b) - top);
    out.dZ.col(b) = (e / e.sum()).matrix();
    out.dZ(label, b) = -(e.sum() - e[label]) / e.sum();
  }
  return out;
}

/// Of logits times `scale`, image by image.
inline Loss scaled(const Eigen::VectorXd& scale) {
  return [scale](const Matrix& Z, const Labels& y) { return cross_entropy(Z * scale.asDiagonal(), y); };
}

inline Eigen::VectorXd scale_of(const Matrix& Z) {
  Eigen::VectorXd out(Z.cols());
  for (Eigen::Index b = 0; b < Z.cols(); ++b)
    out[b] = 8 / std::sqrt((Z.col(b).array() - Z.col(b).mean()).square().mean());
  return out;
}

inline Slope margin(const Matrix& Z, const Labels& y) {
  Slope out{Eigen::VectorXd(Z.cols()), Matrix::Zero(Z.rows(), Z.cols())};
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto label = y[static_cast<std::size_t>(b)];
    Eigen::VectorXd others = Z.col(b);
    others[label] = -INFINITY;
    Eigen::Index other = 0;
    out.value[b] = others.maxCoeff(&other) - Z(label, b);
    out.dZ(other, b) = 1;
    out.dZ(label, b) = -1;
  }
  return out;
}

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

/// Which images the mean of `draws` logit vectors classifies correctly.
inline std::vector<bool> correct(const Network& network, const Matrix& X, const Labels& y, int draws, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Matrix mean = Matrix::Zero(network.b.back().size(), X.cols());
  for (int k = 0; k < draws; ++k) mean += forward(network, X, random).above.back() / draws;
  const Labels says = predict(mean);
  std::vector<bool> out;
  for (std::size_t b = 0; b < y.size(); ++b) out.push_back(says[b] == y[b]);
  return out;
}

}  // namespace strength
