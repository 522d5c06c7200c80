#include "espalier/net/training_pass.hpp"

#include <algorithm>
#include <stdexcept>

#include "net/kernels.hpp"

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

void set_zero(const Network& network, std::size_t first_trained, Gradient& gradient) {
  gradient.resize(network.layers.size());
  for (std::size_t l = first_trained; l < gradient.size(); ++l) {
    gradient[l].weight.assign(links(network.layers[l]), 0);
    gradient[l].bias.assign(outputs(network.layers[l]), 0);
  }
}

}  // namespace

struct TrainingPass::Buffers {
  std::size_t first_trained;
  bool keep;                        ///< the activations of every tile, for dense_gradient()
  std::vector<Activations> kept{};  ///< one per tile, or one for all
  std::vector<Gates> gates{};       ///< of the inputs of layer l; none for the pixels
  std::size_t ran = 0;              ///< tiles of the last run
  Matrix dense{};

  Activations& tile(std::size_t t) { return kept[keep ? t : 0]; }

  /// Activations of all layers up to the logits.
  void ascend(const Network& network, Activations& a, const NoiseSite& noise, std::span<const std::uint64_t> images,
              std::uint64_t draw) {
    const std::size_t depth = network.layers.size();
    for (std::size_t l = 0; l < depth; ++l) {
      kernels::forward(network.layers[l], a.X[l].data(), a.X[l + 1].data(), l + 1 < depth ? gates[l + 1].data() : nullptr);
      if (noise && l + 1 == static_cast<std::size_t>(noise.layer)) add_noise(noise, a.X[l + 1], images, draw);
    }
  }

  /// Gradients of all trained layers, from the gradient of the logits.
  void descend(const Network& network, Activations& a, Gradient& gradient) {
    const std::size_t depth = network.layers.size();
    kernels::add_row_sums(a.gradient(depth), gradient[depth - 1].bias.data());
    for (std::size_t l = depth; l-- > first_trained;) {
      kernels::Backward out{.dW = gradient[l].weight.data()};
      if (l > first_trained)
        out = {.gates = gates[l].data(), .dX = a.gradient(l).data(), .dW = out.dW, .db_below = gradient[l - 1].bias.data()};
      kernels::backward(network.layers[l], a.X[l].data(), a.gradient(l + 1).data(), out);
    }
  }
};

TrainingPass::TrainingPass(const Network& network, int batch, int first_trained, bool dense_gradients)
    : buffers_(new Buffers{static_cast<std::size_t>(first_trained), dense_gradients}) {
  const std::size_t count = dense_gradients ? tiles(static_cast<std::size_t>(batch)) : 1;
  for (std::size_t t = 0; t < count; ++t) buffers_->kept.push_back(make_activations(network, dense_gradients));
  for (const auto& layer : network.layers) buffers_->gates.emplace_back(inputs(layer));
}
TrainingPass::~TrainingPass() = default;
TrainingPass::TrainingPass(TrainingPass&&) noexcept = default;

BatchScore TrainingPass::run(const Network& network, std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                             std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw,
                             Gradient& gradient) {
  auto& b = *buffers_;
  BatchScore score{0, 0, static_cast<std::uint32_t>(images.size())};
  set_zero(network, b.first_trained, gradient);
  b.ran = tiles(images.size());
  for (std::size_t t = 0; t < b.ran; ++t) {
    const auto some = images.subspan(t * lanes, std::min(lanes, images.size() - t * lanes));
    auto& a = b.tile(t);
    kernels::load_pixels(pixels, some, network.input_mean, 1 / network.input_sd, a.X.front());
    b.ascend(network, a, noise, some, draw);

    TileLabels label{}, predicted;
    TileRow weight{}, loss;  // of the mean loss: 1 / B for each image, 0 for lanes without one
    for (std::size_t i = 0; i < some.size(); ++i) label[i] = labels[some[i]];
    std::fill_n(weight.lane.begin(), some.size(), 1 / static_cast<float>(images.size()));
    predict(a.X.back(), predicted);
    kernels::cross_entropy(a.X.back(), label, weight, loss);
    for (std::size_t i = 0; i < some.size(); ++i) {
      score.loss += static_cast<double>(loss.lane[i]);
      score.correct += predicted[i] == label[i];
    }
    b.descend(network, a, gradient);
  }
  return score;
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
