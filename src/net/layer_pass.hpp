#pragma once

#include "espalier/net/network.hpp"
#include "espalier/net/training_pass.hpp"

namespace espalier::net {

/// Y = W X + b, then ReLU where `relu`.
void forward(const Layer& layer, const Matrix& X, bool relu, Matrix& Y);

/// dX = W^T dY.
void input_gradient(const Layer& layer, const Matrix& dY, Matrix& dX);

/// dW = dY X^T on the pattern, db = dY 1.
void weight_gradient(const Layer& layer, const Matrix& dY, const Matrix& X, LayerGradient& gradient);

/// dX = 0 where the activation X = relu(.) is 0.
void mask(const Matrix& X, Matrix& dX);

}  // namespace espalier::net
