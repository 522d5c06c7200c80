#include "net/layer_pass.hpp"

namespace espalier::net {
namespace {

void add_bias(const std::vector<float>& bias, Matrix& Y) {
  Y.colwise() += Eigen::Map<const Eigen::VectorXf>(bias.data(), static_cast<Eigen::Index>(bias.size()));
}

void multiply(const SparseLayer& layer, const Matrix& X, Matrix& Y) {
  Y.setZero(layer.outputs, X.cols());
  for (std::uint32_t i = 0; i < layer.outputs; ++i)
    for (auto k = layer.in_start[i]; k < layer.in_start[i + 1]; ++k)
      Y.row(i) += layer.weight[layer.in_link[k]] * X.row(layer.in_source[k]);
}

void multiply(const DenseLayer& layer, const Matrix& X, Matrix& Y) { Y.noalias() = layer.weight * X; }

void multiply_transposed(const SparseLayer& layer, const Matrix& dY, Matrix& dX) {
  dX.setZero(layer.inputs, dY.cols());
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (auto k = layer.start[j]; k < layer.start[j + 1]; ++k) dX.row(j) += layer.weight[k] * dY.row(layer.target[k]);
}

void multiply_transposed(const DenseLayer& layer, const Matrix& dY, Matrix& dX) { dX.noalias() = layer.weight.transpose() * dY; }

void outer(const SparseLayer& layer, const Matrix& dY, const Matrix& X, std::vector<float>& dW) {
  dW.resize(layer.weight.size());
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (auto k = layer.start[j]; k < layer.start[j + 1]; ++k) dW[k] = dY.row(layer.target[k]).dot(X.row(j));
}

void outer(const DenseLayer& layer, const Matrix& dY, const Matrix& X, std::vector<float>& dW) {
  dW.resize(static_cast<std::size_t>(layer.weight.size()));
  Eigen::Map<Matrix>(dW.data(), layer.weight.rows(), layer.weight.cols()).noalias() = dY * X.transpose();
}

}  // namespace

void forward(const Layer& layer, const Matrix& X, bool relu, Matrix& Y) {
  std::visit(
      [&](const auto& l) {
        multiply(l, X, Y);
        add_bias(l.bias, Y);
      },
      layer);
  if (relu) Y = Y.cwiseMax(0.0f);
}

void input_gradient(const Layer& layer, const Matrix& dY, Matrix& dX) {
  std::visit([&](const auto& l) { multiply_transposed(l, dY, dX); }, layer);
}

void weight_gradient(const Layer& layer, const Matrix& dY, const Matrix& X, LayerGradient& gradient) {
  std::visit([&](const auto& l) { outer(l, dY, X, gradient.weight); }, layer);
  gradient.bias.resize(static_cast<std::size_t>(dY.rows()));
  Eigen::Map<Eigen::VectorXf>(gradient.bias.data(), dY.rows()) = dY.rowwise().sum();
}

void mask(const Matrix& X, Matrix& dX) { dX = (X.array() > 0.0f).select(dX, 0.0f); }

}  // namespace espalier::net
