// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

namespace espalier::core {

/// Activation function of the hidden layers of a network. The numbers are those of the results file.
enum class Activation : std::uint8_t { relu = 0, tanh = 1 };

/// Geometry of a convolution over channels x height x width inputs: stride 1, square kernel, zero padding; then max pooling over
/// squares of pool x pool pixels.
struct Filters {
  std::uint32_t channels = 0, height = 0, width = 0;  ///< of the inputs
  std::uint32_t count = 0;                            ///< filters: channels of the outputs; 0 for other layers
  std::uint32_t kernel = 0, padding = 0;              ///< pixels
  std::uint32_t pool = 1;                             ///< pixels; 1: no pooling

  /// Sides of the outputs, before and after pooling.
  std::uint32_t rows() const { return height + 2 * padding + 1 - kernel; }
  std::uint32_t columns() const { return width + 2 * padding + 1 - kernel; }
  std::uint32_t pooled_rows() const { return rows() / pool; }
  std::uint32_t pooled_columns() const { return columns() / pool; }
  bool operator==(const Filters&) const = default;
};

/// Shape of one layer; known from the plan, since every rule keeps the exact link count. Inputs and outputs are units: of a
/// convolution channel by channel, each channel row by row.
struct LayerShape {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::uint64_t links = 0;  ///< weights
  bool sparse = false;
  Filters filters{};
  Activation activation = Activation::relu;  ///< of the network's hidden layers

  bool is_convolution() const { return filters.count > 0; }
  std::uint32_t biases() const { return is_convolution() ? filters.count : outputs; }
  /// Multiply-adds per image, padding included.
  std::uint64_t products() const { return is_convolution() ? links * filters.rows() * filters.columns() : links; }
  bool operator==(const LayerShape&) const = default;
};

/// Shape of a convolution's layer.
inline LayerShape shape_of(const Filters& f) {
  return {f.channels * f.height * f.width, f.count * f.pooled_rows() * f.pooled_columns(),
          std::uint64_t{f.count} * f.channels * f.kernel * f.kernel, false, f};
}

/// The parameters of one layer as they are stored: for sparse layers `start` (inputs + 1) and `target` (links) in compressed
/// columns by input neuron; for other layers both are empty, and `weight` is outputs x inputs, row by row, or, of a convolution,
/// filters x channels x kernel x kernel.
struct LayerData {
  LayerShape shape;
  std::vector<std::uint32_t> start;
  std::vector<std::uint32_t> target;
  std::vector<float> weight;
  std::vector<float> bias;
};

}  // namespace espalier::core
