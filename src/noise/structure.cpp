#include "espalier/noise/structure.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "espalier/core/random.hpp"

namespace espalier::noise {
namespace {

core::Parameter parameter(std::string name, core::Type type, double min, double max, double fallback, std::string unit,
                          std::string description) {
  core::Parameter p;
  p.name = std::move(name);
  p.type = type;
  p.min = min;
  p.max = max;
  p.fallback = {core::Value(fallback)};
  p.unit = std::move(unit);
  p.description = std::move(description);
  return p;
}

core::Parameter layer() {
  return parameter("layer", core::Type::integer, 1, 1000, 1, "1",
                   "hidden layer, from 1; the noise is added after its activation function");
}

core::Parameter trace() {
  return parameter("trace", core::Type::number, 0, 1e6, 1, "1", "trace(S) = trace * units of the layer");
}

core::Parameter number_of_draws() {
  return parameter("draws", core::Type::integer, 1, 1e6, 10, "1", "draws whose mean logits make a prediction");
}

/// S = t I: independent noise of variance t at every neuron.
net::NoiseSite isotropic(const core::Settings& settings, int units, const Seeds& seeds) {
  const core::Stream stream(seeds.master, "noise", "seed=" + std::to_string(seeds.seed));
  const auto sd = static_cast<float>(std::sqrt(settings.number("trace")));
  const auto add = [stream, sd, units](Eigen::Ref<net::Matrix> activations, std::span<const std::uint64_t> images,
                                       std::uint64_t draw) {
    net::Matrix G(static_cast<Eigen::Index>(images.size()), units);  // image-major: one image's numbers are one run
    for (std::size_t b = 0; b < images.size(); ++b)
      core::fill_gaussian(stream, images[b], draw, {G.row(static_cast<Eigen::Index>(b)).data(), static_cast<std::size_t>(units)});
    activations += sd * G.transpose();
  };
  return {settings.integer("layer"), add};
}

}  // namespace

core::Catalogue structures() {
  return {
      core::Kind{.name = "none", .family = "none", .description = "no noise", .parameters = {}},
      core::Kind{
          .name = "isotropic",
          .family = "noise",
          .description = "independent gaussian noise of equal variance at every neuron of one hidden layer",
          .parameters = {layer(), trace(), number_of_draws()},
          .cost =
              [](const core::Settings& s) { return core::Cost{.forward = s.number("draws"), .backward = 0, .per_image = 0}; }},
  };
}

net::NoiseSite make_noise(const core::Settings& settings, int units, const Fit*, const Seeds& seeds) {
  if (settings.kind == "none") return {};
  if (settings.kind == "isotropic") return isotropic(settings, units, seeds);
  throw std::logic_error("no noise structure is called '" + settings.kind + "'");
}

std::uint64_t draws(const core::Settings& settings) {
  return settings.kind == "none" ? 1 : static_cast<std::uint64_t>(settings.integer("draws"));
}

}  // namespace espalier::noise
