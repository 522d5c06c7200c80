// SPDX-License-Identifier: BSD-3-Clause
#include "train/networks.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "espalier/core/component.hpp"
#include "espalier/core/error.hpp"

namespace espalier::train {
namespace {

using core::Parameter;
using core::Type;

constexpr double widest = 100000;  ///< neurons of a hidden layer
constexpr double most_filters = 4096, largest_kernel = 31;

/// The convolutional networks of arXiv 2606.13801 (Fashion-MNIST), as `layers` would describe them.
const std::map<std::string, std::string> named{
    {"1c5f", "conv=32 kernel=3 padding=1; pool=2; dense=128; dense=64; dense=32; dense=16"},
    {"2c3f", "conv=6 kernel=5 padding=2; pool=2; conv=16 kernel=5 padding=0; pool=2; dense=32; dense=16"},
    {"3c3f",
     "conv=6 kernel=5 padding=2; pool=2; conv=16 kernel=3 padding=1; conv=16 kernel=5 padding=0; pool=2; dense=32; dense=16"}};

/// One entry of `layers`: its text, and what it says.
struct Entry {
  std::string text;
  std::map<std::string, std::uint32_t> numbers;

  bool is(const char* name) const { return numbers.contains(name); }
};

std::vector<Entry> entries_of(const std::string& layers) {
  std::vector<Entry> entries;
  std::istringstream all(layers);
  for (std::string text; std::getline(all >> std::ws, text, ';');) {
    Entry& entry = entries.emplace_back(Entry{text, {}});
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      entry.numbers[word.substr(0, equals)] = static_cast<std::uint32_t>(std::stoul(word.substr(equals + 1)));
    }
  }
  return entries;
}

/// Adds layer after layer, and knows the shape of what the next one sees.
class Builder {
 public:
  explicit Builder(const data::DatasetShape& images) : channels_(images.channels), height_(images.height), width_(images.width) {}

  void add(std::size_t number, const Entry& entry) {
    if (entry.is("conv"))
      add_convolution(number, entry);
    else if (entry.is("pool"))
      add_pool(number, entry);
    else
      outline_.hidden.push_back(entry.numbers.at("dense"));
    pooled_ = entry.is("pool");
  }
  Outline finish(int classes) {
    outline_.inputs = channels_ * height_ * width_;
    outline_.classes = static_cast<std::uint32_t>(classes);
    return outline_;
  }

 private:
  [[noreturn]] void refuse(std::size_t number, const Entry& entry, const std::string& why) const {
    throw core::UserError(fmt::format("train: layer {} ({}) sees {} x {} x {} inputs (channels, height, width): {}", number,
                                      entry.text, channels_, height_, width_, why));
  }

  void add_convolution(std::size_t number, const Entry& entry) {
    if (!outline_.hidden.empty()) refuse(number, entry, "a convolution must come before the fully connected layers ('dense')");
    core::Filters filters{
        channels_, height_, width_, entry.numbers.at("conv"), entry.numbers.at("kernel"), entry.numbers.at("padding")};
    if (filters.padding >= filters.kernel)
      refuse(number, entry, fmt::format("'padding' must be from 0 to {}, less than 'kernel'", filters.kernel - 1));
    if (std::min(height_, width_) + 2 * filters.padding < filters.kernel)
      refuse(number, entry,
             fmt::format("'kernel' must be from 1 to {}, the smaller side of the padded inputs",
                         std::min(height_, width_) + 2 * filters.padding));
    outline_.convolutions.push_back(filters);
    see(filters);
  }

  void add_pool(std::size_t number, const Entry& entry) {
    if (outline_.convolutions.empty() || pooled_ || !outline_.hidden.empty())
      refuse(number, entry, "'pool' must follow a convolution ('conv')");
    core::Filters& filters = outline_.convolutions.back();
    filters.pool = entry.numbers.at("pool");
    if (height_ % filters.pool != 0 || width_ % filters.pool != 0)
      refuse(number, entry, fmt::format("both sides must be multiples of {}; change 'kernel' or 'padding'", filters.pool));
    see(filters);
  }

  void see(const core::Filters& filters) {
    channels_ = filters.count;
    height_ = filters.pooled_rows();
    width_ = filters.pooled_columns();
  }

  std::uint32_t channels_, height_, width_;
  bool pooled_ = false;  ///< by the last entry
  Outline outline_{};
};

Outline outline_of_hidden(const std::vector<double>& hidden, const data::DatasetShape& images) {
  if (hidden.empty()) throw core::UserError("train: 'hidden' needs the width of at least one hidden layer, such as [1000]");
  Outline outline{images.size(), {}, static_cast<std::uint32_t>(images.classes)};
  for (const double width : hidden) {
    if (!(width >= 1 && width <= widest) || width != std::floor(width))
      throw core::UserError(fmt::format("train: 'hidden' takes whole numbers from 1 to {}, not {}", widest, width));
    outline.hidden.push_back(static_cast<std::uint32_t>(width));
  }
  return outline;
}

Parameter whole(const char* name, double min, double max, std::optional<double> usual, const char* description) {
  Parameter parameter{.name = name, .type = Type::integer, .min = min, .max = max, .description = description};
  if (usual) parameter.default_value = {*usual};
  return parameter;
}

Parameter layers_parameter() {
  return {.name = "layers",
          .type = Type::maps,
          .description = "the layers from the images on; the output layer is added",
          .active_if = {"network", {"layers"}},
          .maps = {{whole("conv", 1, most_filters, {}, "convolution of stride 1: number of filters"),
                    whole("kernel", 1, largest_kernel, 3, "side of a filter"),
                    whole("padding", 0, largest_kernel - 1, 0, "zeros around the inputs")},
                   {whole("pool", 2, 2, {}, "max pooling over squares of this side, behind a convolution")},
                   {whole("dense", 1, widest, {}, "fully connected layer: number of neurons, sparse where the topology is")}},
          .implies = {"network", "layers"}};
}

core::Words<std::string> network_names() {
  core::Words<std::string> names{{"mlp", "mlp"}};
  for (const auto& [name, layers] : named) names.emplace_back(name, name);
  names.emplace_back("layers", "layers");
  return names;
}

}  // namespace

core::Binding<NetworkSettings> network_settings() {
  using S = NetworkSettings;
  return {core::choice("network", &S::network, network_names(),
                       "fully connected layers (mlp: see 'hidden'), a convolutional network of arXiv 2606.13801 (1c5f: one "
                       "convolution, five fully connected layers, and so on), or 'layers'")
              .legacy("mlp"),
          core::setting("hidden", &S::hidden, {1, widest}, "neurons", "width of each hidden layer").only_if("network", {"mlp"}),
          core::setting(layers_parameter(), &S::layers),
          core::choice("activation", &S::activation, {{"relu", core::Activation::relu}, {"tanh", core::Activation::tanh}},
                       "activation function of all hidden layers")
              .legacy("relu"),
          core::choice("init", &S::init, {{"he", Init::he}, {"pytorch", Init::pytorch}},
                       "initial weights: normal with variance 2 / fan-in and biases 0 [He et al. 2015], or weights and biases "
                       "uniform within 1 / sqrt(fan-in), PyTorch's default; the fan-in counts the links that a neuron has")
              .legacy("he")};
}

Outline read_outline(const NetworkSettings& train, const data::DatasetShape& images) {
  if (train.network == "mlp") return outline_of_hidden(train.hidden, images);
  if (train.network == "layers" && !train.layers)
    throw core::UserError("train: 'network: layers' needs 'layers', such as [{conv: 6, kernel: 5}, {pool: 2}, {dense: 32}]");
  const std::vector<Entry> entries = entries_of(train.network == "layers" ? *train.layers : named.at(train.network));
  Builder builder(images);
  for (std::size_t i = 0; i < entries.size(); ++i) builder.add(i + 1, entries[i]);
  return builder.finish(images.classes);
}

}  // namespace espalier::train
