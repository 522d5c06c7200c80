#include "espalier/net/training_pass.hpp"

#include <numeric>

#include "net/layer_pass.hpp"

namespace espalier::net {

struct TrainingPass::Buffers {
  std::size_t first_trained;
  std::vector<Matrix> X;   ///< inputs of every layer, logits last; without noise
  std::vector<Matrix> dY;  ///< gradient by the outputs of every layer
  std::size_t site = 0;    ///< hidden layer with noise in the last run, 0: none
  Matrix noisy;            ///< X[site] with noise
  Matrix dX, dense;
  std::vector<float> loss;
  std::vector<std::uint8_t> labels;

  const Matrix& input(std::size_t layer) const { return site > 0 && layer == site ? noisy : X[layer]; }
};

TrainingPass::TrainingPass(const Network& network, int batch, int first_trained)
    : buffers_(new Buffers{static_cast<std::size_t>(first_trained),
                           std::vector<Matrix>(network.layers.size() + 1),
                           std::vector<Matrix>(network.layers.size()),
                           0,
                           {},
                           {},
                           {},
                           std::vector<float>(static_cast<std::size_t>(batch)),
                           {}}) {}
TrainingPass::~TrainingPass() = default;
TrainingPass::TrainingPass(TrainingPass&&) noexcept = default;

BatchScore TrainingPass::run(const Network& network, std::span<const std::uint8_t> pixels, std::span<const std::uint8_t> labels,
                             std::span<const std::uint64_t> images, const NoiseSite& noise, std::uint64_t draw,
                             Gradient& gradient) {
  auto& b = *buffers_;
  const std::size_t depth = network.layers.size();
  b.site = noise ? static_cast<std::size_t>(noise.layer) : 0;
  b.X[0] = (gather(pixels, inputs(network.layers[0]), images).X.array() - network.input_mean) / network.input_sd;
  for (std::size_t l = 0; l < depth; ++l) {
    forward(network.layers[l], b.input(l), l + 1 < depth, b.X[l + 1]);
    if (b.site > 0 && l + 1 == b.site) {
      b.noisy = b.X[b.site];
      noise.add(b.noisy, images, draw);
    }
  }

  b.labels.clear();
  for (const auto image : images) b.labels.push_back(labels[image]);
  b.loss.resize(images.size());
  cross_entropy(b.X.back(), b.labels, b.loss, &b.dY[depth - 1]);
  BatchScore score{0, 0, static_cast<std::uint32_t>(images.size())};
  for (const float loss : b.loss) score.loss += static_cast<double>(loss);
  const auto predicted = predict(b.X.back());
  for (std::size_t i = 0; i < images.size(); ++i) score.correct += predicted[i] == b.labels[i];

  b.dY[depth - 1] /= static_cast<float>(images.size());
  gradient.resize(depth);
  for (std::size_t l = depth; l-- > b.first_trained;) {
    weight_gradient(network.layers[l], b.dY[l], b.input(l), gradient[l]);
    if (l == b.first_trained) break;
    input_gradient(network.layers[l], b.dY[l], b.dX);
    mask(b.X[l], b.dX);
    std::swap(b.dY[l - 1], b.dX);
  }
  return score;
}

const Matrix& TrainingPass::dense_gradient(std::size_t layer) {
  auto& b = *buffers_;
  b.dense.noalias() = b.dY[layer] * b.input(layer).transpose();
  return b.dense;
}

}  // namespace espalier::net
