// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "espalier/core/results.hpp"

/// Letters: D inputs of a layer, K outputs, B images of a batch, C classes; X (D x B) inputs, Y (K x B) outputs, W (K x D)
/// weights, b (K) bias, dX = d loss / d X. All activations are feature-major: one row is one neuron, one column one image.
namespace espalier::net {

/// Activations or images, feature-major: rows are neurons (or pixels), columns are images.
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A layer with links on a pattern: compressed columns by input neuron (one copy of the weights), and an index of the same
/// links by output neuron for the forward pass.
struct SparseLayer {
  std::uint32_t inputs = 0;           ///< D
  std::uint32_t outputs = 0;          ///< K
  std::vector<std::uint32_t> start;   ///< D + 1: links of input j are start[j] .. start[j+1]-1
  std::vector<std::uint32_t> target;  ///< output neuron of each link, increasing within one input
  std::vector<float> weight;          ///< of each link
  std::vector<float> bias;            ///< K

  // The same links by output neuron, kept in step by index_by_output().
  std::vector<std::uint32_t> in_start;   ///< K + 1
  std::vector<std::uint32_t> in_source;  ///< input neuron, increasing within one output
  std::vector<std::uint32_t> in_link;    ///< place of the link in `weight`
};

/// Rebuilds in_start, in_source and in_link from start and target; call after the pattern changed.
void index_by_output(SparseLayer& layer);

/// A layer with all links.
struct DenseLayer {
  Matrix weight;            ///< K x D
  std::vector<float> bias;  ///< K
};

/// A 2-d convolution and the max pooling behind it; inputs and outputs are channel by channel, each channel row by row.
struct ConvolutionLayer {
  core::Filters shape;
  std::vector<float> weight;  ///< filters x channels x kernel x kernel
  std::vector<float> bias;    ///< filters
};

using Layer = std::variant<SparseLayer, DenseLayer, ConvolutionLayer>;
using core::Activation;

/// A feed-forward network: an activation function behind every layer but the last, which gives the logits. A plain value: copy it
/// to damage it.
struct Network {
  std::vector<Layer> layers;
  float input_mean = 0;  ///< a fixed first layer (x - mean) / sd, so that attacks still live in [0, 1]
  float input_sd = 1;
  Activation activation = Activation::relu;
};

std::uint32_t inputs(const Layer& layer);
std::uint32_t outputs(const Layer& layer);
std::uint64_t links(const Layer& layer);
bool is_sparse(const Layer& layer);
core::LayerShape shape(const Layer& layer);

/// The parameters of a layer: weights in their stored order (core::LayerData), and biases.
std::span<float> weights(Layer& layer);
std::span<const float> weights(const Layer& layer);
std::span<float> biases(Layer& layer);
std::span<const float> biases(const Layer& layer);

/// The stored form of a network and back. from_stored() throws std::runtime_error when starts or targets do not make sense.
std::vector<core::LayerData> to_stored(const Network& network);
Network from_stored(std::span<const core::LayerData> layers, float input_mean, float input_sd);

}  // namespace espalier::net
