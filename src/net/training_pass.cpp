// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/training_pass.hpp"

#include <algorithm>
#include <stdexcept>

#include "net/kernels.hpp"
#include "net/layer_pass.hpp"

namespace espalier::net {
namespace {

/// Activations of one tile: X[l] are the inputs of layer l, X[depth] the logits; dX[l] their gradients.
struct Activations {
  std::vector<Tile> X;
  std::vector<Tile> dX;  ///< empty where the gradient takes the place of the activation

  Tile& gradient(std::size_t l) { return dX[l].empty() ? X[l] : dX[l]; }
};

Activations make_activations(const Network& network, bool apart) {
  Activations tile;
  tile.X.emplace_back(inputs(network.layers.front()));
  for (const auto& layer : network.layers) tile.X.emplace_back(outputs(layer));
  tile.dX.resize(tile.X.size());
  for (std::size_t l = 1; apart && l + 1 < tile.X.size(); ++l) tile.dX[l].resize(tile.X[l].size());
  return tile;
}

/// What keys the noise of a step.
struct Drawn {
  std::span<const std::uint64_t> images;
  const NoiseSite& noise;
  std::uint64_t draw;
};

void set_zero(const Network& network, std::size_t first_trained, Gradient& gradient) {
  gradient.resize(network.layers.size());
  for (std::size_t l = first_trained; l < gradient.size(); ++l) {
    gradient[l].weight.assign(links(network.layers[l]), 0);
    gradient[l].bias.assign(biases(network.layers[l]).size(), 0);
  }
}

}  // namespace

struct TrainingPass::Buffers {
  std::size_t first_trained;
  bool keep;                        ///< the activations of every tile, for dense_gradient()
  std::vector<Activations> kept{};  ///< one per tile, or one for all
  std::vector<Kept> traces{};       ///< of each hidden layer
  Tile room{};                      ///< for a gradient before pooling
  std::size_t ran = 0;              ///< tiles of the last run
  Matrix dense{};

  Activations& tile(std::size_t t) { return kept[keep ? t : 0]; }

  /// Activations of all layers up to the logits.
  void forward(const Network& network, Activations& a, const NoiseSite& noise, std::span<const std::uint64_t> images,
               std::uint64_t draw) {
    const std::size_t depth = network.layers.size();
    for (std::size_t l = 0; l + 1 < depth; ++l) {
      forward_hidden(network.layers[l], network.activation, a.X[l].data(), a.X[l + 1].data(), traces[l].trace(0));
      if (noise && l + 1 == static_cast<std::size_t>(noise.layer)) add_noise(noise, a.X[l + 1], images, draw);
    }
    forward_last(network.layers.back(), a.X[depth - 1].data(), a.X[depth].data());
  }

  /// Gradients of all trained layers, from the gradient of the logits.
  void backward(const Network& network, Activations& a, Gradient& gradient) {
    const std::size_t depth = network.layers.size();
    kernels::add_row_sums(a.gradient(depth), gradient[depth - 1].bias.data());
    const TileRow* dY = a.gradient(depth).data();
    for (std::size_t l = depth; l-- > first_trained;) {
      Gradients out{.dW = gradient[l].weight.data()};
      Below below;
      if (l > first_trained) {
        below = {&network.layers[l - 1], network.activation, traces[l - 1].trace(0)};
        out = {.dW = out.dW, .dX = a.gradient(l).data(), .db_below = gradient[l - 1].bias.data()};
      }
      backward_layer(network.layers[l], a.X[l].data(), dY, below, out);
      if (below.layer) dY = before_pooling(*below.layer, below.trace, a.gradient(l).data(), room.data());
    }
  }

  /// One step on the images that `load(first, count, tile)` gives, of labels `label_of(i)`.
  template <typename Load, typename LabelOf>
  BatchScore run(const Network& network, const Drawn& drawn, const Load& load, const LabelOf& label_of, Gradient& gradient) {
    const std::size_t all = drawn.images.size();
    BatchScore score{0, 0, static_cast<std::uint32_t>(all)};
    set_zero(network, first_trained, gradient);
    ran = tiles(all);
    for (std::size_t t = 0; t < ran; ++t) {
      const std::size_t first = t * lanes, count = std::min(lanes, all - first);
      auto& a = tile(t);
      load(first, count, a.X.front());
      forward(network, a, drawn.noise, drawn.images.subspan(first, count), drawn.draw);

      TileLabels label{}, predicted;
      TileRow weight{}, loss;  // of the mean loss: 1 / B for each image, 0 for lanes without one
      for (std::size_t i = 0; i < count; ++i) label[i] = label_of(first + i);
      std::fill_n(weight.lane.begin(), count, 1 / static_cast<float>(all));
      predict(a.X.back(), predicted);
      kernels::cross_entropy(a.X.back(), label, weight, loss);
      for (std::size_t i = 0; i < count; ++i) {
        score.loss += static_cast<double>(loss.lane[i]);
        score.correct += predicted[i] == label[i];
      }
      backward(network, a, gradient);
    }
    return score;
  }
};

TrainingPass::TrainingPass(const Network& network, int batch, int first_trained, bool dense_gradients)
    : buffers_(new Buffers{static_cast<std::size_t>(first_trained), dense_gradients}) {
  const std::size_t count = dense_gradients ? tiles(static_cast<std::size_t>(batch)) : 1;
  for (std::size_t t = 0; t < count; ++t) buffers_->kept.push_back(make_activations(network, dense_gradients));
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    buffers_->traces.emplace_back(network.layers[l], network.activation).make_room(1);
  }
  buffers_->room.resize(widest(network));
}
TrainingPass::~TrainingPass() = default;
TrainingPass::TrainingPass(TrainingPass&&) noexcept = default;

BatchScore TrainingPass::run(const Network& network, std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                             std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw,
                             Gradient& gradient) {
  const auto load = [&](std::size_t first, std::size_t count, Tile& X) {
    kernels::load_pixels(pixels, images.subspan(first, count), network.input_mean, 1 / network.input_sd, X);
  };
  return buffers_->run(
      network, {images, noise, draw}, load, [&](std::size_t i) { return labels[images[i]]; }, gradient);
}

BatchScore TrainingPass::run(const Network& network, const Matrix& X, std::span<const std::uint8_t> labels,
                             std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw,
                             Gradient& gradient) {
  const auto load = [&](std::size_t first, std::size_t, Tile& tile) {
    kernels::load_columns(X, first, network.input_mean, 1 / network.input_sd, tile);
  };
  return buffers_->run(
      network, {images, noise, draw}, load, [&](std::size_t i) { return labels[i]; }, gradient);
}

const Matrix& TrainingPass::dense_gradient(std::size_t layer) {
  auto& b = *buffers_;
  if (!b.keep) throw std::logic_error("dense_gradient() of a training pass that was made without dense gradients");
  using View = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, static_cast<int>(lanes), Eigen::RowMajor>>;
  const auto view = [](const Tile& tile) {
    return View(tile.data()->lane.data(), static_cast<Eigen::Index>(tile.size()), lanes);
  };
  b.dense.setZero(view(b.kept[0].X[layer + 1]).rows(), view(b.kept[0].X[layer]).rows());
  for (std::size_t t = 0; t < b.ran; ++t)
    b.dense.noalias() += view(b.kept[t].gradient(layer + 1)) * view(b.kept[t].X[layer]).transpose();  // dW = dY X^T
  return b.dense;
}

}  // namespace espalier::net
