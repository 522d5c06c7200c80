// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "espalier/net/reference.hpp"

/// Networks of plain matrices in float64, with losses and input gradients. They share no code with the program.
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

/// dZ is that of the cross-entropy over the share of the other classes: a positive factor of each image, by which it vanishes in
/// float64 too where the label wins by more than 700 logits, and on which no step of the attacks here depends.
inline Slope cross_entropy(const Matrix& Z, const Labels& y) {
  Slope out{Eigen::VectorXd(Z.cols()), Matrix::Zero(Z.rows(), Z.cols())};
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto label = y[static_cast<std::size_t>(b)];
    Eigen::ArrayXd others = Z.col(b).array();
    others[label] = -INFINITY;
    const Eigen::ArrayXd e = (others - others.maxCoeff()).exp();
    out.value[b] = std::log1p(std::exp(others.maxCoeff() + std::log(e.sum()) - Z(label, b)));
    out.dZ.col(b) = (e / e.sum()).matrix();
    out.dZ(label, b) = -1;
  }
  return out;
}

/// Of logits times `scale`, image by image.
inline Loss scaled(const Eigen::VectorXd& scale) {
  return [scale](const Matrix& Z, const Labels& y) { return cross_entropy(Z * scale.asDiagonal(), y); };
}

inline Eigen::VectorXd scale_of(const Matrix& Z) {
  Eigen::VectorXd out(Z.cols());
  for (Eigen::Index b = 0; b < Z.cols(); ++b) out[b] = 8 / std::sqrt((Z.col(b).array() - Z.col(b).mean()).square().mean());
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
