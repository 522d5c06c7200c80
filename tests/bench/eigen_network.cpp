// SPDX-License-Identifier: BSD-3-Clause
#include "eigen_network.hpp"

#include <cmath>

#include "adam.hpp"
#include "espalier/net/reference.hpp"

namespace espalier::bench {
namespace {

Eigen::Map<Eigen::ArrayXf> values(EigenNetwork::Sparse& matrix) { return {matrix.valuePtr(), matrix.nonZeros()}; }

}  // namespace

EigenNetwork::EigenNetwork(const net::Network& network) : X_(network.layers.size() + 1), dX_(network.layers.size() + 1) {
  auto layers = net::reference::convert<float>(network);
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const Sparse zero = layers[l].W * 0.0f;
    const Eigen::VectorXf none = Eigen::VectorXf::Zero(layers[l].b.size());
    hidden_.push_back({layers[l].W, zero, zero, zero, layers[l].b, none, none, none});
  }
  W_ = std::get<net::DenseLayer>(network.layers.back()).weight;
  b_ = layers.back().b;
  dW_ = m_ = v_ = Matrix::Zero(W_.rows(), W_.cols());
  db_ = m_b_ = v_b_ = Eigen::VectorXf::Zero(b_.size());
}

void EigenNetwork::gather(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images) {
  const auto D = hidden_.front().W.cols(), B = static_cast<Eigen::Index>(images.size());
  X_[0].resize(D, B);
  for (Eigen::Index b = 0; b < B; ++b) {
    const auto* image = pixels.data() + images[static_cast<std::size_t>(b)] * static_cast<std::size_t>(D);
    X_[0].col(b) = Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, 1>>(image, D).cast<float>() / 255.0f;
  }
}

void EigenNetwork::forward() {
  const std::size_t last = hidden_.size();
  for (std::size_t l = 0; l < last; ++l) {
    X_[l + 1].noalias() = hidden_[l].W * X_[l];  // Y = relu(W X + b)
    X_[l + 1].colwise() += hidden_[l].b;
    X_[l + 1] = X_[l + 1].cwiseMax(0.0f);
  }
  X_[last + 1].noalias() = W_ * X_[last];
  X_[last + 1].colwise() += b_;
}

void EigenNetwork::backward(bool weights, bool inputs) {
  const std::size_t last = hidden_.size();
  if (weights) {
    dW_.noalias() = dX_[last + 1] * X_[last].transpose();
    db_ = dX_[last + 1].rowwise().sum();
  }
  dX_[last].noalias() = W_.transpose() * dX_[last + 1];
  for (std::size_t l = last; l-- > 0;) {
    dX_[l + 1].array() *= (X_[l + 1].array() > 0.0f).cast<float>();  // ReLU'
    if (weights) {
      for (Eigen::Index i = 0; i < hidden_[l].dW.outerSize(); ++i)  // dW = dY X^T on the pattern
        for (Sparse::InnerIterator link(hidden_[l].dW, i); link; ++link)
          link.valueRef() = dX_[l + 1].row(i).dot(X_[l].row(link.col()));
      hidden_[l].db = dX_[l + 1].rowwise().sum();
    }
    if (l > 0 || inputs) dX_[l].noalias() = hidden_[l].W.transpose() * dX_[l + 1];
  }
}

float EigenNetwork::train(std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                          std::span<const std::uint64_t> images) {
  gather(pixels, images);
  forward();
  const Matrix& Z = X_.back();
  Matrix& dZ = dX_.back();
  dZ = (Z.rowwise() - Z.colwise().maxCoeff()).array().exp();
  const Eigen::RowVectorXf sum = dZ.colwise().sum();
  dZ.array().rowwise() /= sum.array();
  float loss = 0;
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto y = labels[images[static_cast<std::size_t>(b)]];
    loss -= std::log(dZ(y, b));
    dZ(y, b) -= 1;
  }
  dZ /= static_cast<float>(Z.cols());
  backward(true, false);
  for (auto& layer : hidden_) {
    adam(values(layer.W), values(layer.dW), values(layer.m), values(layer.v), still);
    adam(layer.b.array(), layer.db.array(), layer.m_b.array(), layer.v_b.array(), still);
  }
  adam(W_.array(), dW_.array(), m_.array(), v_.array(), still);
  adam(b_.array(), db_.array(), m_b_.array(), v_b_.array(), still);
  return loss / static_cast<float>(Z.cols());
}

const EigenNetwork::Matrix& EigenNetwork::logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images) {
  gather(pixels, images);
  forward();
  return X_.back();
}

const EigenNetwork::Matrix& EigenNetwork::logits(const Matrix& X) {
  X_[0] = X;
  forward();
  return X_.back();
}

const EigenNetwork::Matrix& EigenNetwork::input_gradient(const Matrix& dZ) {
  dX_.back() = dZ;
  backward(false, true);
  return dX_.front();
}

}  // namespace espalier::bench
