// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/network.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <tuple>

namespace espalier::net {
namespace {

[[noreturn]] void refuse(std::size_t layer, const std::string& why) {
  throw std::runtime_error("stored network: layer " + std::to_string(layer) + ": " + why);
}

void check_pattern(const core::LayerData& data, std::size_t layer) {
  const auto& [start, target] = std::tie(data.start, data.target);
  if (start.size() != data.shape.inputs + std::size_t{1} || start.front() != 0 || start.back() != data.shape.links)
    refuse(layer, "the starts do not run from 0 to the number of links");
  if (target.size() != data.shape.links || data.weight.size() != data.shape.links)
    refuse(layer, "the number of targets or weights is not the number of links");
  for (std::size_t j = 0; j < data.shape.inputs; ++j) {
    if (start[j + 1] < start[j] || start[j + 1] > target.size()) refuse(layer, "the starts are not increasing");
    for (std::size_t k = start[j]; k < start[j + 1]; ++k) {
      if (target[k] >= data.shape.outputs) refuse(layer, "a link ends outside the layer");
      if (k > start[j] && target[k] <= target[k - 1]) refuse(layer, "the targets of an input are not increasing");
    }
  }
}

core::LayerData stored(const Layer& layer) {
  core::LayerData data;
  data.shape = shape(layer);
  data.weight.assign(weights(layer).begin(), weights(layer).end());
  data.bias.assign(biases(layer).begin(), biases(layer).end());
  if (const auto* sparse = std::get_if<SparseLayer>(&layer)) {
    data.start = sparse->start;
    data.target = sparse->target;
  }
  return data;
}

Layer dense_from(const core::LayerData& data, std::size_t layer) {
  const std::size_t size = std::size_t{data.shape.outputs} * data.shape.inputs;
  if (data.weight.size() != size || data.shape.links != size || !data.start.empty() || !data.target.empty())
    refuse(layer, "a dense layer needs outputs x inputs weights and no pattern");
  DenseLayer dense;
  dense.weight = Eigen::Map<const Matrix>(data.weight.data(), data.shape.outputs, data.shape.inputs);
  dense.bias = data.bias;
  return dense;
}

Layer convolution_from(const core::LayerData& data, std::size_t layer) {
  const core::Filters& filters = data.shape.filters;
  const ConvolutionLayer convolution{filters, data.weight, data.bias};
  const bool covers = filters.kernel > 0 && filters.padding < filters.kernel &&
                      filters.height + 2 * filters.padding >= filters.kernel &&
                      filters.width + 2 * filters.padding >= filters.kernel;
  const bool fits = covers && (filters.pool == 1 || (filters.pool == 2 && filters.rows() % 2 == 0 && filters.columns() % 2 == 0));
  if (!fits || shape(convolution).inputs != data.shape.inputs || shape(convolution).outputs != data.shape.outputs)
    refuse(layer, "the filters do not fit its inputs and outputs");
  if (data.weight.size() != data.shape.links || data.shape.links != shape(convolution).links || !data.start.empty() ||
      !data.target.empty())
    refuse(layer, "a convolution needs filters x channels x kernel x kernel weights and no pattern");
  return convolution;
}

Layer sparse_from(const core::LayerData& data, std::size_t layer) {
  check_pattern(data, layer);
  SparseLayer sparse;
  sparse.inputs = data.shape.inputs;
  sparse.outputs = data.shape.outputs;
  sparse.start = data.start;
  sparse.target = data.target;
  sparse.weight = data.weight;
  sparse.bias = data.bias;
  index_by_output(sparse);
  return sparse;
}

Layer layer_from(const core::LayerData& data, std::size_t layer) {
  if (data.bias.size() != data.shape.biases()) refuse(layer, "the number of biases is not that of its outputs or filters");
  if (data.shape.is_convolution()) return convolution_from(data, layer);
  return data.shape.sparse ? sparse_from(data, layer) : dense_from(data, layer);
}

}  // namespace

void index_by_output(SparseLayer& layer) {
  const std::size_t links = layer.target.size();
  layer.in_start.assign(layer.outputs + std::size_t{1}, 0);
  layer.in_source.resize(links);
  layer.in_link.resize(links);
  for (const auto i : layer.target) ++layer.in_start[i + std::size_t{1}];
  std::partial_sum(layer.in_start.begin(), layer.in_start.end(), layer.in_start.begin());
  auto next = layer.in_start;
  for (std::uint32_t j = 0; j < layer.inputs; ++j)
    for (auto k = layer.start[j]; k < layer.start[j + 1]; ++k) {
      const auto place = next[layer.target[k]]++;
      layer.in_source[place] = j;
      layer.in_link[place] = k;
    }
}

bool is_sparse(const Layer& layer) { return std::holds_alternative<SparseLayer>(layer); }

core::LayerShape shape(const Layer& layer) {
  if (const auto* sparse = std::get_if<SparseLayer>(&layer))
    return {sparse->inputs, sparse->outputs, sparse->target.size(), true};
  if (const auto* convolution = std::get_if<ConvolutionLayer>(&layer)) return core::shape_of(convolution->shape);
  const auto& weight = std::get<DenseLayer>(layer).weight;
  return {static_cast<std::uint32_t>(weight.cols()), static_cast<std::uint32_t>(weight.rows()),
          static_cast<std::uint64_t>(weight.size()), false};
}

std::uint32_t inputs(const Layer& layer) { return shape(layer).inputs; }
std::uint32_t outputs(const Layer& layer) { return shape(layer).outputs; }
std::uint64_t links(const Layer& layer) { return shape(layer).links; }

std::span<float> weights(Layer& layer) {
  return std::visit(
      [](auto& l) -> std::span<float> {
        return {l.weight.data(), static_cast<std::size_t>(l.weight.size())};
      },
      layer);
}
std::span<const float> weights(const Layer& layer) {
  return std::visit(
      [](const auto& l) -> std::span<const float> {
        return {l.weight.data(), static_cast<std::size_t>(l.weight.size())};
      },
      layer);
}
std::span<float> biases(Layer& layer) {
  return std::visit([](auto& l) -> std::span<float> { return l.bias; }, layer);
}
std::span<const float> biases(const Layer& layer) {
  return std::visit([](const auto& l) -> std::span<const float> { return l.bias; }, layer);
}

std::vector<core::LayerData> to_stored(const Network& network) {
  std::vector<core::LayerData> all;
  for (const auto& layer : network.layers) {
    all.push_back(stored(layer));
    all.back().shape.activation = network.activation;
  }
  return all;
}

Network from_stored(std::span<const core::LayerData> layers, float input_mean, float input_sd) {
  Network network{{}, input_mean, input_sd, layers.empty() ? Activation::relu : layers.front().shape.activation};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& data = layers[l];
    if (l > 0 && data.shape.inputs != layers[l - 1].shape.outputs) refuse(l, "its inputs are not the outputs of the layer below");
    network.layers.push_back(layer_from(data, l));
  }
  return network;
}

}  // namespace espalier::net
