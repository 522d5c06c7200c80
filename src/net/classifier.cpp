// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/classifier.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "net/kernels.hpp"

namespace espalier::net {
namespace {

/// From this share of live links on, the dense product is the faster one for a network that does not change: it gives the same
/// bits, and neither reads an index nor fetches weights out of order (a quarter is on the safe side of the figures in
/// kernels.hpp).
constexpr double dense_from_density = 0.25;

DenseLayer filled(const SparseLayer& sparse) {
  DenseLayer dense{Matrix::Zero(sparse.outputs, sparse.inputs), sparse.bias};
  for (std::uint32_t j = 0; j < sparse.inputs; ++j)
    for (auto k = sparse.start[j]; k < sparse.start[j + 1]; ++k) dense.weight(sparse.target[k], j) = sparse.weight[k];
  return dense;
}

/// What stands for each layer of the network: nothing (the layer itself), or a dense copy of it.
std::vector<std::optional<DenseLayer>> dense_copies(const Network& network) {
  std::vector<std::optional<DenseLayer>> copies(network.layers.size());
  for (std::size_t l = 0; l < copies.size(); ++l) {
    const auto* sparse = std::get_if<SparseLayer>(&network.layers[l]);
    if (!sparse) continue;
    const double places = static_cast<double>(sparse->inputs) * sparse->outputs;
    if (static_cast<double>(sparse->target.size()) >= dense_from_density * places) copies[l] = filled(*sparse);
  }
  return copies;
}

}  // namespace

/// Work space of one tile, and what an input gradient needs of all tiles: which units were active.
struct Classifier::Buffers {
  Buffers(const Network& net, NoiseSite site_of_noise)
      : network(&net),
        copies(dense_copies(net)),
        noise(std::move(site_of_noise)),
        inverse_sd(1 / net.input_sd),
        X(widest(net)),
        Y(widest(net)),
        gates(net.layers.size()) {
    if (noise) at_site.resize(units(static_cast<std::size_t>(noise.layer)));
  }

  const Network* network;
  std::vector<std::optional<DenseLayer>> copies;
  NoiseSite noise;
  float inverse_sd;
  Tile X, Y;                 ///< inputs and outputs of the layer at work
  Tile at_site;              ///< activations of the noise site before the noise
  std::vector<Gates> gates;  ///< of hidden layer l + 1: (1 + tiles) x units; slot 0 is for passes without a gradient
  std::vector<Matrix> Z;     ///< logits of each draw
  Matrix result;

  std::size_t depth() const { return network->layers.size(); }
  /// Units of hidden layer l; 0: the inputs.
  std::size_t units(std::size_t l) const {
    return l == 0 ? net::inputs(network->layers[0]) : net::outputs(network->layers[l - 1]);
  }
  std::span<TileRow> rows(std::size_t l) { return {X.data(), units(l)}; }
  std::uint64_t* gates_of(std::size_t l, std::size_t slot) { return l == 0 ? nullptr : gates[l - 1].data() + slot * units(l); }

  void forward(std::size_t l, std::uint64_t* gate_words) {
    if (copies[l])
      kernels::forward(*copies[l], X.data(), Y.data(), gate_words);
    else
      kernels::forward(network->layers[l], X.data(), Y.data(), gate_words);
    std::swap(X, Y);
  }
  void backward(std::size_t l, const kernels::Backward& out) {
    if (copies[l])
      kernels::backward(*copies[l], nullptr, X.data(), out);
    else
      kernels::backward(network->layers[l], nullptr, X.data(), out);
    std::swap(X, Y);
  }

  void make_room(std::size_t columns) {
    for (std::size_t l = 1; l < depth(); ++l) gates[l - 1].resize(std::max(gates[l - 1].size(), (1 + tiles(columns)) * units(l)));
  }
  /// X = activations of layer `last`, from those of layer `first` in X.
  void ascend(std::size_t first, std::size_t last, std::size_t slot) {
    for (std::size_t l = first; l < last; ++l) forward(l, l + 1 < depth() ? gates_of(l + 1, slot) : nullptr);
  }
  /// X = d loss / d input, from d loss / d logits in X.
  void descend(std::size_t slot) {
    for (std::size_t l = depth(); l-- > 0;) backward(l, {.gates = gates_of(l, slot), .dX = Y.data()});
  }
  /// Z[0 .. count-1] for one tile whose inputs are in X; the draws share everything below the noise.
  void draw_logits(std::span<const std::uint64_t> images, std::size_t tile, std::uint64_t first_draw, std::uint64_t count) {
    const std::size_t first = tile * lanes, site = static_cast<std::size_t>(noise.layer);
    if (noise) {
      ascend(0, site, 1 + tile);
      std::copy_n(X.begin(), units(site), at_site.begin());
    }
    for (std::uint64_t draw = 0; draw < count; ++draw) {
      if (noise) {
        std::copy_n(at_site.begin(), units(site), X.begin());
        add_noise(noise, rows(site), images.subspan(first, std::min(lanes, images.size() - first)), first_draw + draw);
      }
      ascend(site, depth(), 1 + tile);
      store_columns(rows(depth()), 1, first, Z[draw]);
    }
  }
  void resize_logits(std::uint64_t draws, std::size_t columns) {
    Z.resize(std::max<std::size_t>(Z.size(), draws));
    for (std::uint64_t draw = 0; draw < draws; ++draw)
      Z[draw].resize(static_cast<Eigen::Index>(units(depth())), static_cast<Eigen::Index>(columns));
  }
  /// Z of draws first .. first+count-1 of inputs that `load(first column)` puts into X.
  template <typename Load>
  void all_logits(std::span<const std::uint64_t> images, std::size_t columns, std::uint64_t first, std::uint64_t count,
                  const Load& load) {
    make_room(columns);
    resize_logits(count, columns);
    for (std::size_t tile = 0; tile < tiles(columns); ++tile) {
      load(tile * lanes);
      draw_logits(images, tile, first, count);
    }
  }
};

Classifier::Classifier(const Network& network, NoiseSite noise) : buffers_(new Buffers(network, std::move(noise))) {}
Classifier::~Classifier() = default;
Classifier::Classifier(Classifier&&) noexcept = default;
Classifier& Classifier::operator=(Classifier&&) noexcept = default;

bool Classifier::stochastic() const { return static_cast<bool>(buffers_->noise); }
std::uint32_t Classifier::inputs() const { return net::inputs(buffers_->network->layers.front()); }
std::uint32_t Classifier::classes() const { return net::outputs(buffers_->network->layers.back()); }

const Matrix& Classifier::logits(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t draw) {
  auto& b = *buffers_;
  b.all_logits(images, static_cast<std::size_t>(X.cols()), draw, 1,
               [&](std::size_t first) { kernels::load_columns(X, first, b.network->input_mean, b.inverse_sd, b.rows(0)); });
  return b.Z[0];
}

const Matrix& Classifier::logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images,
                                 std::uint64_t draw) {
  auto& b = *buffers_;
  b.all_logits(images, images.size(), draw, 1, [&](std::size_t first) {
    const auto some = images.subspan(first, std::min(lanes, images.size() - first));
    kernels::load_pixels(pixels, some, b.network->input_mean, b.inverse_sd, b.rows(0));
  });
  return b.Z[0];
}

const Matrix& Classifier::input_gradient(const Matrix& dZ) {
  auto& b = *buffers_;
  const auto columns = static_cast<std::size_t>(dZ.cols());
  b.result.resize(inputs(), dZ.cols());
  for (std::size_t tile = 0; tile < tiles(columns); ++tile) {
    kernels::load_columns(dZ, tile * lanes, 0, 1, b.rows(b.depth()));
    b.descend(1 + tile);
    store_columns(b.rows(0), b.inverse_sd, tile * lanes, b.result);
  }
  return b.result;
}

void Classifier::each_draw(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first, std::uint64_t count,
                           const std::function<void(std::uint64_t draw, const Matrix& Z)>& use) {
  auto& b = *buffers_;
  const std::uint64_t different = b.noise ? count : 1;
  b.all_logits(images, static_cast<std::size_t>(X.cols()), first, different,
               [&](std::size_t column) { kernels::load_columns(X, column, b.network->input_mean, b.inverse_sd, b.rows(0)); });
  for (std::uint64_t draw = 0; draw < count; ++draw) use(first + draw, b.Z[b.noise ? draw : 0]);
}

const Matrix& Classifier::activations(const Matrix& X, int layer) {
  auto& b = *buffers_;
  const auto columns = static_cast<std::size_t>(X.cols()), site = static_cast<std::size_t>(layer);
  b.make_room(columns);
  b.result.resize(static_cast<Eigen::Index>(b.units(site)), X.cols());
  for (std::size_t tile = 0; tile < tiles(columns); ++tile) {
    kernels::load_columns(X, tile * lanes, b.network->input_mean, b.inverse_sd, b.rows(0));
    b.ascend(0, site, 0);
    store_columns(b.rows(site), 1, tile * lanes, b.result);
  }
  return b.result;
}

}  // namespace espalier::net
