#include "espalier/net/classifier.hpp"

#include <utility>
#include <vector>

#include "net/layer_pass.hpp"

namespace espalier::net {

/// Activations of one pass: X[0] the standardised inputs, X[l] after the ReLU of hidden layer l, the last the logits.
struct Classifier::Buffers {
  const Network* network;
  NoiseSite noise;
  std::vector<Matrix> X;
  Matrix noisy;  ///< X[noise.layer] with noise
  Matrix dY, dX;

  std::size_t depth() const { return network->layers.size(); }
  std::size_t site() const { return static_cast<std::size_t>(noise.layer); }

  void standardise(const Matrix& pixels) { X[0] = (pixels.array() - network->input_mean) / network->input_sd; }
  /// X[first+1 .. last] from X[first], or from its noisy form at the noise site.
  void run_layers(std::size_t first, std::size_t last) {
    for (std::size_t l = first; l < last; ++l)
      forward(network->layers[l], noise && l == site() ? noisy : X[l], l + 1 < depth(), X[l + 1]);
  }
  void add_noise(std::span<const std::uint64_t> images, std::uint64_t draw) {
    noisy = X[site()];
    noise.add(noisy, images, draw);
  }
};

Classifier::Classifier(const Network& network, NoiseSite noise)
    : buffers_(new Buffers{&network, std::move(noise), std::vector<Matrix>(network.layers.size() + 1), {}, {}, {}}) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

bool Classifier::stochastic() const { return static_cast<bool>(buffers_->noise); }
std::uint32_t Classifier::inputs() const { return net::inputs(buffers_->network->layers.front()); }
std::uint32_t Classifier::classes() const { return net::outputs(buffers_->network->layers.back()); }

const Matrix& Classifier::logits(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t draw) {
  each_draw(X, images, draw, 1, [](std::uint64_t, const Matrix&) {});
  return buffers_->X.back();
}

const Matrix& Classifier::input_gradient(const Matrix& dZ) {
  auto& b = *buffers_;
  b.dY = dZ;
  for (std::size_t l = b.depth(); l-- > 0;) {
    net::input_gradient(b.network->layers[l], b.dY, b.dX);
    if (l > 0) mask(b.X[l], b.dX);
    std::swap(b.dX, b.dY);
  }
  b.dX = b.dY / b.network->input_sd;
  return b.dX;
}

void Classifier::each_draw(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first, std::uint64_t count,
                           const std::function<void(std::uint64_t draw, const Matrix& Z)>& use) {
  auto& b = *buffers_;
  b.standardise(X);
  const std::size_t shared = b.noise ? b.site() : b.depth();
  b.run_layers(0, shared);
  for (std::uint64_t draw = first; draw < first + count; ++draw) {
    if (b.noise) {
      b.add_noise(images, draw);
      b.run_layers(shared, b.depth());
    }
    use(draw, b.X.back());
  }
}

const Matrix& Classifier::activations(const Matrix& X, int layer) {
  auto& b = *buffers_;
  b.standardise(X);
  const auto noise = std::exchange(b.noise, {});
  b.run_layers(0, static_cast<std::size_t>(layer));
  b.noise = noise;
  return b.X[static_cast<std::size_t>(layer)];
}

}  // namespace espalier::net
