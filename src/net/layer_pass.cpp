// SPDX-License-Identifier: BSD-3-Clause
#include "net/layer_pass.hpp"

#include <algorithm>
#include <type_traits>

#include "net/kernels.hpp"

namespace espalier::net {
namespace {

const ConvolutionLayer* convolution(const Layer& layer) { return std::get_if<ConvolutionLayer>(&layer); }

bool pools(const Layer& layer) { return convolution(layer) && convolution(layer)->shape.pool > 1; }

/// A kernel that applies the gates of ReLU to dX, and sums it, while dX is in registers.
template <typename Linear>
constexpr bool fuses_gates = !std::is_same_v<Linear, ConvolutionLayer>;

void through_activation(const Below& below, std::span<TileRow> dX) {
  if (below.activation == Activation::tanh)
    kernels::apply_slopes(below.trace.slopes, dX);
  else
    kernels::apply_gates(below.trace.gates, dX);
}

void add_biases(const Layer& layer, std::span<const TileRow> dY, float* db) {
  if (const auto* c = convolution(layer))
    kernels::add_filter_sums(c->shape, dY, db);
  else
    kernels::add_row_sums(dY, db);
}

}  // namespace

std::size_t unpooled(const Layer& layer) {
  const auto* c = convolution(layer);
  return c ? std::size_t{c->shape.count} * c->shape.rows() * c->shape.columns() : outputs(layer);
}

std::size_t widest(const Network& network) {
  std::size_t rows = inputs(network.layers.front());
  for (const auto& layer : network.layers) rows = std::max(rows, unpooled(layer));
  return rows;
}

Kept::Kept(const Layer& layer, Activation activation)
    : gates_(activation == Activation::relu ? outputs(layer) : 0),
      slopes_(activation == Activation::tanh ? outputs(layer) : 0),
      taken_(pools(layer) ? std::size_t{2} * outputs(layer) : 0) {}

void Kept::make_room(std::size_t slots) {
  words_.resize(std::max(words_.size(), slots * (gates_ + taken_)));
  rows_.resize(std::max(rows_.size(), slots * slopes_));
}

Trace Kept::trace(std::size_t slot) {
  std::uint64_t* words = words_.data() + slot * (gates_ + taken_);
  return {gates_ > 0 ? words : nullptr, slopes_ > 0 ? rows_.data() + slot * slopes_ : nullptr,
          taken_ > 0 ? words + gates_ : nullptr};
}

void forward_hidden(const Layer& layer, Activation activation, const TileRow* X, TileRow* Y, const Trace& trace) {
  const std::span<TileRow> rows(Y, outputs(layer));
  std::visit(
      [&](const auto& linear) {
        if constexpr (fuses_gates<std::decay_t<decltype(linear)>>) {
          kernels::forward(linear, X, Y, trace.gates);
        } else {
          kernels::forward(linear, X, Y, trace.taken);
          if (activation == Activation::relu) kernels::rectify(rows, trace.gates);
        }
      },
      layer);
  if (activation == Activation::tanh) kernels::apply_tanh(rows, trace.slopes);
}

bool finish_hidden(const Layer& layer, Activation activation, TileRow* X, TileRow* Y, const Trace& trace) {
  const bool pooled = pools(layer);
  if (pooled) kernels::pool(convolution(layer)->shape, X, Y, trace.taken);
  const std::span<TileRow> rows(pooled ? Y : X, outputs(layer));
  if (activation == Activation::tanh)
    kernels::apply_tanh(rows, trace.slopes);
  else
    kernels::rectify(rows, trace.gates);
  return pooled;
}

void forward_last(const Layer& layer, const TileRow* X, TileRow* Y) {
  std::visit([&](const auto& linear) { kernels::forward(linear, X, Y, nullptr); }, layer);
}

void backward_layer(const Layer& layer, const TileRow* X, const TileRow* dY, const Below& below, const Gradients& out) {
  const bool fused = below.layer && below.activation == Activation::relu && !pools(*below.layer) && !convolution(layer);
  kernels::Backward kernel{.dX = out.dX, .dW = out.dW};
  if (fused) {
    kernel.gates = below.trace.gates;
    if (!convolution(*below.layer)) kernel.db_below = out.db_below;
  }
  std::visit([&](const auto& linear) { kernels::backward(linear, X, dY, kernel); }, layer);
  if (!below.layer || !out.dX) return;
  const std::span<TileRow> dX(out.dX, inputs(layer));
  if (!fused) through_activation(below, dX);
  if (out.db_below && !kernel.db_below) add_biases(*below.layer, dX, out.db_below);
}

TileRow* before_pooling(const Layer& layer, const Trace& trace, TileRow* at_units, TileRow* room) {
  if (!pools(layer)) return at_units;
  kernels::unpool(convolution(layer)->shape, at_units, trace.taken, room);
  return room;
}

}  // namespace espalier::net
