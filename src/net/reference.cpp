// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/reference.hpp"

#include <cmath>

namespace espalier::net::reference {
namespace {

template <typename Scalar>
Layer<Scalar> converted(const SparseLayer& sparse) {
  std::vector<Eigen::Triplet<Scalar>> entries;
  for (std::uint32_t j = 0; j < sparse.inputs; ++j)
    for (auto k = sparse.start[j]; k < sparse.start[j + 1]; ++k)
      entries.emplace_back(static_cast<int>(sparse.target[k]), static_cast<int>(j), static_cast<Scalar>(sparse.weight[k]));
  Layer<Scalar> layer;
  layer.W.resize(sparse.outputs, sparse.inputs);
  layer.W.setFromTriplets(entries.begin(), entries.end());
  return layer;
}

template <typename Scalar>
Layer<Scalar> converted(const DenseLayer& dense) {
  std::vector<Eigen::Triplet<Scalar>> entries;
  for (int i = 0; i < dense.weight.rows(); ++i)
    for (int j = 0; j < dense.weight.cols(); ++j) entries.emplace_back(i, j, static_cast<Scalar>(dense.weight(i, j)));
  Layer<Scalar> layer;
  layer.W.resize(dense.weight.rows(), dense.weight.cols());
  layer.W.setFromTriplets(entries.begin(), entries.end());
  return layer;
}

/// Mean cross-entropy over the columns of Z, and its gradient (softmax(Z) - onehot) / B.
template <typename Scalar>
Scalar mean_cross_entropy(const Matrix<Scalar>& Z, std::span<const std::uint8_t> labels, Matrix<Scalar>& dZ) {
  Scalar loss = 0;
  dZ = Z;
  for (Eigen::Index b = 0; b < Z.cols(); ++b) {
    const auto label = labels[static_cast<std::size_t>(b)];
    const Scalar shift = Z.col(b).maxCoeff();
    dZ.col(b) = (Z.col(b).array() - shift).exp();
    const Scalar of_label = dZ(label, b);
    dZ(label, b) = 0;
    const Scalar others = dZ.col(b).sum();
    dZ(label, b) = -others;  // not the label's share minus 1: that is 0 once the share rounds to 1
    loss += of_label == 1 ? std::log1p(others) : std::log(of_label + others) + shift - Z(label, b);
    dZ.col(b) /= of_label + others;
  }
  dZ /= static_cast<Scalar>(Z.cols());
  return loss / static_cast<Scalar>(Z.cols());
}

/// dW = dY X^T on W's pattern (K x D), db = sum of dY over the batch (K).
template <typename Scalar>
Layer<Scalar> weight_gradient(const Layer<Scalar>& layer, const Matrix<Scalar>& dY, const Matrix<Scalar>& X) {
  Layer<Scalar> gradient{layer.W, dY.rowwise().sum()};
  for (Eigen::Index i = 0; i < gradient.W.outerSize(); ++i)
    for (typename decltype(gradient.W)::InnerIterator link(gradient.W, i); link; ++link)
      link.valueRef() = dY.row(i).dot(X.row(link.col()));
  return gradient;
}

}  // namespace

template <typename Scalar>
std::vector<Layer<Scalar>> convert(const Network& network) {
  std::vector<Layer<Scalar>> layers;
  for (const auto& layer : network.layers)
    layers.push_back(std::visit(
        [](const auto& l) {
          auto result = converted<Scalar>(l);
          const Eigen::Map<const Eigen::VectorXf> bias(l.bias.data(), static_cast<Eigen::Index>(l.bias.size()));
          result.b = bias.template cast<Scalar>();
          return result;
        },
        layer));
  return layers;
}

template <typename Scalar>
std::vector<Matrix<Scalar>> forward(const std::vector<Layer<Scalar>>& layers, const Matrix<Scalar>& X) {
  std::vector<Matrix<Scalar>> activations{X};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Matrix<Scalar> Y = layers[l].W * activations.back();  // Y = W X + b
    Y.colwise() += layers[l].b;
    if (l + 1 < layers.size()) Y = Y.cwiseMax(Scalar{0});  // ReLU
    activations.push_back(std::move(Y));
  }
  return activations;
}

template <typename Scalar>
Gradients<Scalar> backward(const std::vector<Layer<Scalar>>& layers, const std::vector<Matrix<Scalar>>& activations,
                           std::span<const std::uint8_t> labels) {
  Gradients<Scalar> gradients;
  Matrix<Scalar> dY;
  gradients.loss = mean_cross_entropy(activations.back(), labels, dY);
  gradients.layers.resize(layers.size());
  for (std::size_t l = layers.size(); l-- > 0;) {
    const auto& X = activations[l];
    gradients.layers[l] = weight_gradient(layers[l], dY, X);
    Matrix<Scalar> dX = layers[l].W.transpose() * dY;                                                // dX = W^T dY
    if (l > 0) dX = (X.array() > Scalar{0}).select(dX, Matrix<Scalar>::Zero(dX.rows(), dX.cols()));  // ReLU'
    dY = std::move(dX);
  }
  gradients.dX = std::move(dY);
  return gradients;
}

template std::vector<Layer<float>> convert<float>(const Network&);
template std::vector<Layer<double>> convert<double>(const Network&);
template std::vector<Matrix<float>> forward(const std::vector<Layer<float>>&, const Matrix<float>&);
template std::vector<Matrix<double>> forward(const std::vector<Layer<double>>&, const Matrix<double>&);
template Gradients<float> backward(const std::vector<Layer<float>>&, const std::vector<Matrix<float>>&,
                                   std::span<const std::uint8_t>);
template Gradients<double> backward(const std::vector<Layer<double>>&, const std::vector<Matrix<double>>&,
                                    std::span<const std::uint8_t>);

}  // namespace espalier::net::reference
