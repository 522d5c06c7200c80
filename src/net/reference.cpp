// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/reference.hpp"

#include <cmath>

#include "espalier/net/convolution.hpp"

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

template <typename Scalar>
Layer<Scalar> converted(const ConvolutionLayer& convolution) {
  const core::Filters& f = convolution.shape;
  std::vector<Eigen::Triplet<Scalar>> entries;
  for_each_product(f, [&](std::size_t output, std::size_t input, std::size_t weight) {
    entries.emplace_back(static_cast<int>(output), static_cast<int>(input), static_cast<Scalar>(convolution.weight[weight]));
  });
  Layer<Scalar> layer;
  layer.W.resize(f.count * f.rows() * f.columns(), f.channels * f.height * f.width);
  layer.W.setFromTriplets(entries.begin(), entries.end());
  layer.filters = f;
  return layer;
}

/// The units of a layer before pooling that each pooled unit can take, in reading order.
std::vector<std::vector<Eigen::Index>> squares(const core::Filters& f) {
  std::vector<std::vector<Eigen::Index>> out;
  for (std::uint32_t row = 0; row < f.count * f.pooled_rows(); ++row)  // of all filters, one below the other
    for (std::uint32_t column = 0; column < f.pooled_columns(); ++column) {
      auto& square = out.emplace_back();
      for (std::uint32_t y = row * f.pool; y < (row + 1) * f.pool; ++y)
        for (std::uint32_t x = column * f.pool; x < (column + 1) * f.pool; ++x) square.push_back(y * f.columns() + x);
    }
  return out;
}

/// Which unit of `square` max pooling takes for image b: the first of the largest.
template <typename Scalar>
Eigen::Index taken(const std::vector<Eigen::Index>& square, const Matrix<Scalar>& Y, Eigen::Index b) {
  Eigen::Index best = square.front();
  for (const Eigen::Index unit : square)
    if (Y(unit, b) > Y(best, b)) best = unit;
  return best;
}

template <typename Scalar>
Matrix<Scalar> linear(const Layer<Scalar>& layer, const Matrix<Scalar>& X) {
  Matrix<Scalar> Y = layer.W * X;  // Y = W X + b
  Y.colwise() += layer.b;
  return Y;
}

template <typename Scalar>
Matrix<Scalar> pooled(const Layer<Scalar>& layer, const Matrix<Scalar>& Y) {
  if (layer.filters.pool == 1) return Y;
  const auto all = squares(layer.filters);
  Matrix<Scalar> out(static_cast<Eigen::Index>(all.size()), Y.cols());
  for (Eigen::Index unit = 0; unit < out.rows(); ++unit)
    for (Eigen::Index b = 0; b < Y.cols(); ++b) out(unit, b) = Y(taken(all[static_cast<std::size_t>(unit)], Y, b), b);
  return out;
}

/// The gradient at the units before pooling (inputs X of the layer), from that at the pooled ones.
template <typename Scalar>
Matrix<Scalar> unpooled(const Layer<Scalar>& layer, const Matrix<Scalar>& X, const Matrix<Scalar>& dY) {
  if (layer.filters.pool == 1) return dY;
  const auto all = squares(layer.filters);
  const Matrix<Scalar> Y = linear(layer, X);
  Matrix<Scalar> out = Matrix<Scalar>::Zero(Y.rows(), Y.cols());
  for (Eigen::Index unit = 0; unit < dY.rows(); ++unit)
    for (Eigen::Index b = 0; b < Y.cols(); ++b) out(taken(all[static_cast<std::size_t>(unit)], Y, b), b) = dY(unit, b);
  return out;
}

/// d activation / d input, from the activation.
template <typename Scalar>
Matrix<Scalar> slopes(Activation activation, const Matrix<Scalar>& X) {
  if (activation == Activation::tanh) return 1 - X.array().square();
  return (X.array() > Scalar{0}).template cast<Scalar>();
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
  Layer<Scalar> gradient = layer;
  gradient.b = dY.rowwise().sum();
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
        [&](const auto& l) {
          auto result = converted<Scalar>(l);
          const auto units = static_cast<std::size_t>(result.W.rows()), per_bias = units / l.bias.size();
          result.b.resize(result.W.rows());
          for (std::size_t unit = 0; unit < units; ++unit)
            result.b(static_cast<Eigen::Index>(unit)) = static_cast<Scalar>(l.bias[unit / per_bias]);
          result.activation = network.activation;
          return result;
        },
        layer));
  return layers;
}

template <typename Scalar>
std::vector<Matrix<Scalar>> forward(const std::vector<Layer<Scalar>>& layers, const Matrix<Scalar>& X) {
  std::vector<Matrix<Scalar>> activations{X};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Matrix<Scalar> Y = pooled(layers[l], linear(layers[l], activations.back()));
    const bool last = l + 1 == layers.size();
    if (!last && layers[l].activation == Activation::relu) Y = Y.cwiseMax(Scalar{0});
    if (!last && layers[l].activation == Activation::tanh) Y = Y.array().tanh();
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
    dY = unpooled(layers[l], X, dY);
    gradients.layers[l] = weight_gradient(layers[l], dY, X);
    Matrix<Scalar> dX = layers[l].W.transpose() * dY;  // dX = W^T dY
    if (l > 0) dX.array() *= slopes(layers[l - 1].activation, X).array();
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
