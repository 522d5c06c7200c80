// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "espalier/net/network.hpp"
#include "net/tile.hpp"

/// One layer on one tile, forward and backward: its linear map, max pooling and the activation function behind it. Classifier and
/// training pass are loops over these.
namespace espalier::net {

/// How many units the linear map of a layer has, before pooling.
std::size_t unpooled(const Layer& layer);

/// Largest number of rows that a layer of the network reads or writes.
std::size_t widest(const Network& network);

/// What the backward pass needs to know of a hidden layer's outputs, for one tile: where ReLU was active or the slope of tanh,
/// and which pixel max pooling took. Views into Kept.
struct Trace {
  std::uint64_t* gates = nullptr;
  TileRow* slopes = nullptr;
  std::uint64_t* taken = nullptr;
};

/// Room for the traces of one hidden layer: one per slot.
class Kept {
 public:
  Kept(const Layer& layer, Activation activation);
  void make_room(std::size_t slots);
  Trace trace(std::size_t slot);

 private:
  std::size_t gates_ = 0, slopes_ = 0, taken_ = 0;  ///< words, rows and words of one trace
  std::vector<std::uint64_t> words_;
  Tile rows_;
};

/// Y = outputs of a hidden layer for inputs X, before any noise.
void forward_hidden(const Layer& layer, Activation activation, const TileRow* X, TileRow* Y, const Trace& trace);
/// The rest of forward_hidden() from the outputs X of the linear map: pooling into Y and the activation function. Returns whether
/// the result is in Y; else, without pooling, it is in X.
bool finish_hidden(const Layer& layer, Activation activation, TileRow* X, TileRow* Y, const Trace& trace);

/// Y = W X + b: the logits of the last layer.
void forward_last(const Layer& layer, const TileRow* X, TileRow* Y);

/// The hidden layer below the one that a backward pass is at. Null: there is none, the inputs are pixels.
struct Below {
  const Layer* layer = nullptr;
  Activation activation = Activation::relu;
  Trace trace{};
};

/// Where a backward pass leaves its results; null: not wanted. dW and db_below are added to.
struct Gradients {
  float* dW = nullptr;
  TileRow* dX = nullptr;  ///< rows of the inputs; may be X itself
  float* db_below = nullptr;
};

/// From dY, the gradient at the linear map of `layer`: dW, and the gradient at the inputs, taken through the activation function
/// that made them: at the pooled units of the layer below. Its bias gradient is db_below.
void backward_layer(const Layer& layer, const TileRow* X, const TileRow* dY, const Below& below, const Gradients& out);

/// The gradient at the linear map of `layer`, from that at its pooled units in `at_units`: the same rows, or `room`.
TileRow* before_pooling(const Layer& layer, const Trace& trace, TileRow* at_units, TileRow* room);

}  // namespace espalier::net
