// SPDX-License-Identifier: BSD-3-Clause
#include "espalier/net/classifier.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "espalier/net/product.hpp"
#include "net/kernels.hpp"
#include "net/layer_pass.hpp"

namespace espalier::net {
namespace {

/// From this share of live links on, the dense product is the faster one for a network that does not change: it gives the same
/// bits, and neither reads an index nor fetches weights out of order (a quarter is on the safe side of the figures in
/// kernels.hpp).
constexpr double dense_from_density = 0.25;

/// What stands for each layer of the network: nothing (the layer itself), or a dense copy of it.
std::vector<std::optional<Layer>> dense_copies(const Network& network) {
  std::vector<std::optional<Layer>> copies(network.layers.size());
  for (std::size_t l = 0; l < copies.size(); ++l) {
    const auto* sparse = std::get_if<SparseLayer>(&network.layers[l]);
    if (!sparse) continue;
    const double places = static_cast<double>(sparse->inputs) * sparse->outputs;
    if (static_cast<double>(sparse->target.size()) >= dense_from_density * places)
      copies[l] = DenseLayer{dense_weights(*sparse).cast<float>(), sparse->bias};
  }
  return copies;
}

/// The layer itself, without pooling.
Layer without_pooling(const Layer& layer) {
  Layer linear = layer;
  if (auto* convolution = std::get_if<ConvolutionLayer>(&linear)) convolution->shape.pool = 1;
  return linear;
}

/// The running mean of rows_0 .. rows_nth. Equal terms give a mean with exactly their bits.
void add_to_mean(std::span<const TileRow> rows, std::uint64_t nth, std::span<TileRow> mean) {
  if (nth == 0) {
    std::ranges::copy(rows, mean.begin());
    return;
  }
  const float share = 1 / static_cast<float>(nth + 1);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t b = 0; b < lanes; ++b) mean[i].lane[b] += (rows[i].lane[b] - mean[i].lane[b]) * share;
}

}  // namespace

NoiseSite at_cheapest_place(const Network& network, NoiseSite noise) {
  if (!noise || noise.linear || !noise.through) return noise;
  const Layer& above = network.layers.at(static_cast<std::size_t>(noise.layer));
  const bool last = static_cast<std::size_t>(noise.layer) + 1 == network.layers.size();
  const double rows = static_cast<double>(unpooled(above)), triangle = rows * (rows + 1) / 2;
  const bool cheaper = std::holds_alternative<ConvolutionLayer>(above) && triangle < noise.multiply_adds;
  return last || cheaper ? noise.through(above) : noise;
}

/// Work space of one tile, and what an input gradient needs of all tiles.
struct Classifier::Buffers {
  Buffers(const Network& net, NoiseSite site_of_noise)
      : network(&net),
        copies(dense_copies(net)),
        noise(at_cheapest_place(net, std::move(site_of_noise))),
        inverse_sd(1 / net.input_sd),
        X(widest(net)),
        Y(widest(net)) {
    for (std::size_t l = 0; l + 1 < depth(); ++l) kept.emplace_back(net.layers[l], net.activation);
    if (noise) at_site.resize(noise.linear ? unpooled(net.layers[site() - 1]) : units(site()));
    if (noise.linear) linear_at_site = without_pooling(net.layers[site() - 1]);
  }

  const Network* network;
  std::vector<std::optional<Layer>> copies;
  NoiseSite noise;
  std::optional<Layer> linear_at_site;  ///< the linear map that the noise belongs to
  float inverse_sd;
  Tile X, Y;                     ///< inputs and outputs of the layer at work
  Tile at_site;                  ///< activations of the noise site before the noise, and mean gradients there
  std::vector<Kept> kept;        ///< of hidden layer l + 1; slot 0 is for passes without a gradient
  std::vector<Matrix> Z;         ///< logits of each draw
  std::uint64_t kept_draws = 1;  ///< whose traces above the noise are in separate slots
  Matrix result;

  std::size_t depth() const { return network->layers.size(); }
  std::size_t site() const { return static_cast<std::size_t>(noise.layer); }
  /// Units of hidden layer l; 0: the inputs.
  std::size_t units(std::size_t l) const {
    return l == 0 ? net::inputs(network->layers[0]) : net::outputs(network->layers[l - 1]);
  }
  std::span<TileRow> rows(std::size_t l) { return {X.data(), units(l)}; }
  const Layer& layer(std::size_t l) const { return copies[l] ? *copies[l] : network->layers[l]; }

  /// X = activations of layer l + 1, from those of layer l in X.
  void forward(std::size_t l, std::size_t slot) {
    if (l + 1 < depth())
      forward_hidden(layer(l), network->activation, X.data(), Y.data(), kept[l].trace(slot));
    else
      forward_last(layer(l), X.data(), Y.data());
    std::swap(X, Y);
  }
  Below hidden(std::size_t l, std::size_t slot) {
    return l == 0 ? Below{} : Below{&network->layers[l - 1], network->activation, kept[l - 1].trace(slot)};
  }

  /// X = activations at the noise before it, from the inputs in X.
  void forward_to_site(std::size_t slot) {
    if (!noise.linear) return forward(0, site(), slot);
    forward(0, site() - 1, slot);
    forward_last(*linear_at_site, X.data(), Y.data());
    std::swap(X, Y);
  }
  /// X = activations of hidden layer `site`, from those at the noise in X.
  void leave_site(std::size_t slot) {
    if (!noise.linear || site() == depth()) return;
    if (finish_hidden(network->layers[site() - 1], network->activation, X.data(), Y.data(), kept[site() - 1].trace(slot)))
      std::swap(X, Y);
  }

  /// A slot for each tile up to the noise, and for each tile and kept draw above it.
  void make_room(std::size_t columns) {
    for (std::size_t l = 1; l < depth(); ++l) {
      const std::size_t draws = l > site() || (l == site() && noise.linear) ? kept_draws : 1;
      kept[l - 1].make_room(1 + draws * tiles(columns));
    }
  }
  std::size_t slot_above(std::size_t tile, std::uint64_t draw) const { return 1 + tile * kept_draws + draw % kept_draws; }
  /// X = activations of layer `last`, from those of layer `first` in X.
  void forward(std::size_t first, std::size_t last, std::size_t slot) {
    for (std::size_t l = first; l < last; ++l) forward(l, slot);
  }
  void unpool(std::size_t l, std::size_t slot) {
    if (l + 1 < depth() && before_pooling(network->layers[l], kept[l].trace(slot), X.data(), Y.data()) == Y.data())
      std::swap(X, Y);
  }
  /// X = d loss / d units of hidden layer l before its activation function, from the gradient at the linear map of layer l in X.
  void step_down(std::size_t l, std::size_t slot) {
    backward_layer(layer(l), nullptr, X.data(), hidden(l, slot), {.dX = Y.data()});
    std::swap(X, Y);
  }
  /// X = d loss / d units of hidden layer `last` before its activation function, from the same of layer `first` in X.
  void backward(std::size_t first, std::size_t last, std::size_t slot, std::size_t slot_of_last) {
    for (std::size_t l = first; l-- > last;) {
      unpool(l, slot);
      step_down(l, l == last ? slot_of_last : slot);
    }
  }
  /// X = d loss / d activations at the noise, from d loss / d logits of one draw in X.
  void backward_to_site(std::size_t above, std::size_t below) {
    backward(depth(), site(), above, noise.linear ? above : below);
    if (noise.linear && site() > 0) unpool(site() - 1, above);
  }
  /// X = d loss / d input, from d loss / d activations at the noise in X.
  void backward_from_site(std::size_t below) {
    if (!noise.linear) return backward(site(), 0, below, below);
    step_down(site() - 1, below);
    backward(site() - 1, 0, below, below);
  }
  /// X = d loss / d input of one tile, from d loss / d logits dZ of each draw, or of all.
  void mean_gradient(std::span<const Matrix> dZ, std::size_t tile) {
    const std::size_t below = 1 + tile;
    const std::span<TileRow> mean(at_site);
    for (std::uint64_t draw = 0; draw < kept_draws; ++draw) {
      kernels::load_columns(dZ[dZ.size() == 1 ? 0 : draw], tile * lanes, 0, 1, rows(depth()));
      backward_to_site(slot_above(tile, draw), below);
      if (kept_draws > 1) add_to_mean({X.data(), mean.size()}, draw, mean);
    }
    if (kept_draws > 1) std::ranges::copy(mean, X.begin());
    backward_from_site(below);
  }
  /// Z[0 .. count-1] for one tile whose inputs are in X; the draws share everything below the noise.
  void draw_logits(std::span<const std::uint64_t> images, std::size_t tile, std::uint64_t first_draw, std::uint64_t count) {
    const std::size_t first = tile * lanes;
    if (noise) {
      forward_to_site(1 + tile);
      std::copy_n(X.begin(), at_site.size(), at_site.begin());
    }
    for (std::uint64_t draw = 0; draw < count; ++draw) {
      if (noise) {
        std::ranges::copy(at_site, X.begin());
        add_noise(noise, {X.data(), at_site.size()}, images.subspan(first, std::min(lanes, images.size() - first)),
                  first_draw + draw);
        leave_site(slot_above(tile, draw));
      }
      forward(site(), depth(), slot_above(tile, draw));
      store_columns(rows(depth()), 1, first, Z[draw]);
    }
  }
  void resize_logits(std::uint64_t draws, std::size_t columns) {
    Z.resize(std::max<std::size_t>(Z.size(), draws));
    for (std::uint64_t draw = 0; draw < draws; ++draw)
      Z[draw].resize(static_cast<Eigen::Index>(units(depth())), static_cast<Eigen::Index>(columns));
  }
  /// Z of draws first .. first+count-1 of inputs that `load(first column)` puts into X; gradients may follow for the last `keep`.
  template <typename Load>
  void all_logits(std::span<const std::uint64_t> images, std::size_t columns, std::uint64_t first, std::uint64_t count,
                  std::uint64_t keep, const Load& load) {
    kept_draws = keep;
    make_room(columns);
    resize_logits(count, columns);
    for (std::size_t tile = 0; tile < tiles(columns); ++tile) {
      load(tile * lanes);
      draw_logits(images, tile, first, count);
    }
  }
  /// One entry for all draws where there is no noise.
  std::span<const Matrix> logits_of_draws(const Matrix& inputs, std::span<const std::uint64_t> images, std::uint64_t first,
                                          std::uint64_t count, std::uint64_t keep) {
    const std::uint64_t different = noise ? count : 1;
    all_logits(images, static_cast<std::size_t>(inputs.cols()), first, different, noise ? keep : 1,
               [&](std::size_t column) { kernels::load_columns(inputs, column, network->input_mean, inverse_sd, rows(0)); });
    return std::span(Z).first(different);
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
  b.all_logits(images, static_cast<std::size_t>(X.cols()), draw, 1, 1,
               [&](std::size_t first) { kernels::load_columns(X, first, b.network->input_mean, b.inverse_sd, b.rows(0)); });
  return b.Z[0];
}

const Matrix& Classifier::logits(std::span<const std::uint8_t> pixels, std::span<const std::uint64_t> images,
                                 std::uint64_t draw) {
  auto& b = *buffers_;
  b.all_logits(images, images.size(), draw, 1, 1, [&](std::size_t first) {
    const auto some = images.subspan(first, std::min(lanes, images.size() - first));
    kernels::load_pixels(pixels, some, b.network->input_mean, b.inverse_sd, b.rows(0));
  });
  return b.Z[0];
}

const Matrix& Classifier::input_gradient(const Matrix& dZ) { return mean_input_gradient({&dZ, 1}); }

std::span<const Matrix> Classifier::logits_of_draws(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first,
                                                    std::uint64_t count) {
  return buffers_->logits_of_draws(X, images, first, count, count);
}

const Matrix& Classifier::mean_input_gradient(std::span<const Matrix> dZ) {
  auto& b = *buffers_;
  const Eigen::Index columns = dZ.front().cols();
  b.result.resize(inputs(), columns);
  for (std::size_t tile = 0; tile < tiles(static_cast<std::size_t>(columns)); ++tile) {
    b.mean_gradient(dZ, tile);
    store_columns(b.rows(0), b.inverse_sd, tile * lanes, b.result);
  }
  return b.result;
}

void Classifier::each_draw(const Matrix& X, std::span<const std::uint64_t> images, std::uint64_t first, std::uint64_t count,
                           const std::function<void(std::uint64_t draw, const Matrix& Z)>& use) {
  const auto Z = buffers_->logits_of_draws(X, images, first, count, 1);
  for (std::uint64_t draw = 0; draw < count; ++draw) use(first + draw, Z[Z.size() == 1 ? 0 : draw]);
}

const Matrix& Classifier::activations(const Matrix& X, int layer) {
  auto& b = *buffers_;
  const auto columns = static_cast<std::size_t>(X.cols()), site = static_cast<std::size_t>(layer);
  b.make_room(columns);
  b.result.resize(static_cast<Eigen::Index>(b.units(site)), X.cols());
  for (std::size_t tile = 0; tile < tiles(columns); ++tile) {
    kernels::load_columns(X, tile * lanes, b.network->input_mean, b.inverse_sd, b.rows(0));
    b.forward(0, site, 0);
    store_columns(b.rows(site), 1, tile * lanes, b.result);
  }
  return b.result;
}

}  // namespace espalier::net
